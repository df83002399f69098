/**
 * `durable-mcp dev`: runs and supervises Temporal, one worker and one HTTP node. A worker or node that dies
 * is restarted; with `--watch`, both are replaced when the app changes. Sessions survive both.
 */
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { resolveConnection } from '../temporal/configuration';
import { namesServer } from '../temporal/connectionSettings';
import { startEmbeddedTemporal, type EmbeddedTemporal } from '../temporal/embedded';
import { freePort } from '../temporal/freePort';
import { Child, ChildFailed } from './child';
import { argumentsFor } from './command';
import { settingsOf } from './connection';
import { launcherGone } from './launcher';
import { AUTH, CONNECTION, HTTP, ROLE, WORKER, type OptionName, type ValuesOf } from './options';
import { announceReady, askedToStop } from './role';

type DevValues = ValuesOf<
  readonly [
    ...typeof HTTP,
    ...typeof AUTH,
    ...typeof WORKER,
    ...typeof ROLE,
    ...typeof CONNECTION,
    'data',
    'watch',
  ]
>;

const MAIN = path.join(__dirname, 'main.js');
const SOURCE = /\.[cm]?[jt]sx?$/;
const NOT_OF_APP = /(^|\/)(node_modules|\.[^/]+)(\/|$)/;
const RESTART_DELAY_MS = 500;
const RELOAD_DELAY_MS = 100;
const DEFAULT_TEMPORAL_PORT = 7233;

/** The embedded server, or the server that the options name. */
interface Temporal {
  /**
   * Resolves when the embedded server serves. Resolves at once with `undefined` if the options name a server.
   */
  readonly own: Promise<EmbeddedTemporal | undefined>;
  /** Shown to the user. */
  readonly address: Promise<string>;
}

/** The worker and the node, which are replaced as a pair. */
class Roles {
  private current: { worker: Child; http: Child } | undefined;
  private replacing: Promise<void> | undefined;
  private isStopping = false;
  url = '';

  constructor(
    private readonly app: string,
    private readonly args: readonly string[],
    private readonly options: DevValues,
    private readonly temporal: Temporal,
  ) {}

  /** Starts a new worker and node, then stops the old ones, which serve until then. @throws ChildFailed */
  replace(): Promise<void> {
    return (this.replacing = this.startAndStop());
  }

  private async startAndStop(): Promise<void> {
    const [worker, http] = await Promise.allSettled([this.startWorker(), this.startHttp()]);
    if (worker.status === 'rejected' || http.status === 'rejected') {
      await Promise.all(
        [worker, http].map((role) => (role.status === 'fulfilled' ? role.value.stop() : undefined)),
      );
      throw worker.status === 'rejected' ? worker.reason : (http as PromiseRejectedResult).reason;
    }
    if (this.isStopping) return void (await Promise.all([worker.value.stop(), http.value.stop()]));
    const before = this.current;
    this.current = { worker: worker.value, http: http.value };
    this.keepAlive('worker', () => this.startWorker());
    this.keepAlive('http', () => this.startHttp());
    await Promise.all([before?.worker.stop(), before?.http.stop()]);
  }

  async stop(): Promise<void> {
    // A reload may have just started others.
    this.isStopping = true;
    await this.replacing?.catch(() => undefined);
    const last = this.current;
    this.current = undefined;
    // The worker stops first: the node still delivers the answers of calls that end within their grace
    // period, and clients are told to reconnect only after that.
    await last?.worker.stop();
    await last?.http.stop();
  }

  private keepAlive(role: 'worker' | 'http', start: () => Promise<Child>): void {
    const child = this.current?.[role];
    void child?.exited.then(async () => {
      while (child.hasCrashed && this.current?.[role] === child) {
        console.error(`The ${role} has died; starting another. Sessions and calls go on.`);
        await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
        const next = await start().catch(() => undefined);
        if (next && this.current?.[role] === child) this.current = { ...this.current, [role]: next };
        else await next?.stop();
      }
      if (child.hasCrashed) this.keepAlive(role, start);
    });
  }

  private async startWorker(): Promise<Child> {
    const args = ['worker', this.app, ...this.argumentsOf(...WORKER)];
    // In a process group of its own, the worker does not get the terminal's Ctrl-C. `dev` stops it instead,
    // so that running calls have their grace period.
    const process = fork(MAIN, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    return (await Child.start(process, this.ownAddress)).child;
  }

  /**
   * Runs the node under `cluster`, whose primary holds the listening socket: no connection is refused while
   * one node replaces another.
   */
  private async startHttp(): Promise<Child> {
    const args = ['http', this.app, ...this.argumentsOf(...HTTP, ...AUTH, 'data')];
    cluster.setupPrimary({ exec: MAIN, args, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const { child, announced } = await Child.start(cluster.fork().process, this.ownAddress);
    this.url = announced;
    return child;
  }

  private get ownAddress(): Promise<string | undefined> {
    return this.temporal.own.then((server) => server?.address);
  }

  private argumentsOf(...more: OptionName[]): string[] {
    const given = argumentsFor([...ROLE, ...CONNECTION, ...more], this.options);
    return [...given, '--await-supervisor', '--', ...this.args];
  }
}

/** `args` is the app's own command line. */
export async function runDev(app: string, args: readonly string[], options: DevValues): Promise<void> {
  const stop = Promise.race([askedToStop(), launcherGone()]);
  const temporal = await startTemporal(options);
  // The port is chosen here and not by the node, so that all later nodes share its listening socket.
  const port = options.port || (await freePort());
  const roles = new Roles(app, args, { ...options, port }, temporal);
  try {
    await roles.replace();
    const embedded = await temporal.own;
    announceReady(roles.url);
    welcome(roles.url, app, await temporal.address, embedded?.uiAddress);
    const watcher = options.watch ? watchApp(app, options.data, roles) : undefined;
    const died = await Promise.race([stop, embedded?.exited ?? stop]);
    watcher?.close();
    if (typeof died === 'string')
      throw new Error(`The Temporal server has gone: ${died || 'it said nothing'}`);
  } catch (error) {
    if (!(error instanceof ChildFailed)) throw error;
    process.stderr.write(error.message);
    process.exitCode = 1;
  } finally {
    await roles.stop();
    const embedded = await temporal.own.catch(() => undefined);
    await embedded?.stop();
  }
}

async function startTemporal(options: DevValues): Promise<Temporal> {
  const settings = settingsOf(options);
  if (namesServer(settings))
    return { own: Promise.resolve(undefined), address: Promise.resolve(resolveConnection(settings).address) };
  const { data } = options;
  await mkdir(data, { recursive: true });
  const preferred = { port: DEFAULT_TEMPORAL_PORT, uiPort: DEFAULT_TEMPORAL_PORT + 1_000 };
  const own = startEmbeddedTemporal({ data, port: 0, uiPort: 0, preferred }, console.error);
  const address = own.then((server) => server.address);
  address.catch(() => undefined); // the roles wait for `own` and report its failure
  return { own, address };
}

function welcome(url: string, app: string, temporal: string, ui = 'of your own Temporal'): void {
  const walk = app.endsWith('examples/shop/server.ts')
    ? `npx tsx examples/shop/client.ts ${url}   in another terminal: a walk through it\n    `
    : '';
  console.log(`
  MCP endpoint   ${url}
  Temporal UI    ${ui}
  Temporal       ${temporal}

  Serving ${app}. What to try next:
    ${walk}add the endpoint to any MCP client (transport: Streamable HTTP)
    open the Temporal UI: each session is a workflow, each call an activity
  Stop with Ctrl-C and start again: the sessions are still there.
`);
}

/** Reloads one change at a time, and once more if the app changed during a reload. */
function watchApp(app: string, data: string, roles: Roles) {
  const folder = path.dirname(path.resolve(app));
  let timer: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  return watch(folder, { recursive: true }, (_event, file) => {
    const changed = path.join(folder, file ?? '');
    // Only code: what an app or a shell writes beside it (a log, a database) must not end its calls.
    if (
      !SOURCE.test(file ?? '') ||
      NOT_OF_APP.test(file ?? '') ||
      changed.startsWith(path.resolve(data) + path.sep)
    )
      return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      reloading = reloading.then(async () => {
        try {
          await roles.replace();
          console.log(`reloaded ${app}`);
        } catch (error) {
          console.error(
            `${error instanceof Error ? error.message : String(error)}The app before the change goes on serving.`,
          );
        }
      });
    }, RELOAD_DELAY_MS);
  });
}
