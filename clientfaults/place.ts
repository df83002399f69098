/** A server, its ledger, and a wire to it for each round. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Cluster, Ledger, until } from 'durable-mcp/testing';
import { nameOf, type Round, type ServerName } from './points';
import { httpWire, stdioWire, type Wire } from './wire';

export interface Place {
  readonly ledger: Ledger;
  /** Empty over stdio. */
  readonly url: string;
  wireFor(round: Round): Promise<Wire>;
  /** Resolves when nothing that was begun can have an effect any more. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export const PLACES: Record<ServerName, () => Promise<Place>> = {
  async 'durable-mcp'() {
    const cluster = await Cluster.start({ app: path.join(__dirname, 'app.ts'), workers: 1 });
    return {
      ledger: cluster.ledger,
      url: cluster.url,
      wireFor: () => httpWire(cluster.url),
      settled: () => handlersEnded(cluster.ledger),
      stop: () => cluster.stop(),
    };
  },

  async 'SDK over HTTP'() {
    const ledger = await Ledger.create();
    const args = ['--import', 'tsx', path.join(__dirname, 'plainHttp.ts')];
    const env = { ...process.env, LEDGER: ledger.folder };
    const server = spawn(process.execPath, args, { cwd: path.join(__dirname, '..'), env });
    const kill = () => void server.kill('SIGKILL');
    process.once('exit', kill);
    const exited = once(server, 'exit');
    server.stderr.pipe(process.stderr);
    const [ready] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const url = ready.replace('ready ', '');
    return {
      ledger,
      url,
      wireFor: () => httpWire(url),
      settled: () => handlersEnded(ledger),
      async stop() {
        process.off('exit', kill);
        kill();
        await exited;
        await ledger.remove();
      },
    };
  },

  async 'SDK over stdio'() {
    const ledger = await Ledger.create();
    return {
      ledger,
      url: '',
      wireFor: (round) => Promise.resolve(stdioWire(nameOf(round), ledger)),
      // Each client's servers end with it.
      async settled() {
        await until(() => ledger.entries().every(({ pid }) => !isRunning(pid)));
      },
      stop: () => ledger.remove(),
    };
  },
};

/** A question that lost its client keeps its handler for ever, without an effect. */
async function handlersEnded(ledger: Ledger): Promise<void> {
  const names = (prefix: string) =>
    new Set(
      ledger.entries().flatMap(({ what }) => (what.startsWith(prefix) ? what.slice(prefix.length) : [])),
    );
  await until(() => {
    const effects = names('effect ');
    return [...names('began ')].every((name) => effects.has(name) || name.startsWith('question'));
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
