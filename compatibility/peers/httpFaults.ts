/** The faults over HTTP. Each says in a few words what was observed. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { until } from 'durable-mcp/testing';
import type { Place } from '../../clientfaults/place';
import { FaultyProxy, type Fault } from './faultyProxy';
import { Driver, PATIENCE_MS, type Config, type Peer, type Report } from './peer';

export interface Scene {
  readonly peer: Peer;
  readonly place: Place;
  readonly url: string;
  readonly redis: string;
}

interface Stage {
  readonly proxy: FaultyProxy;
  readonly place: Place;
  /** The name of the call, which no other call has. */
  readonly name: string;
  start(more?: Config): Promise<{ driver: Driver; connected: Report }>;
}

/** The characters of an error in the table. */
const MOST_QUOTED = 110;

let scenes = 0;

/** Sets up a client's folder and a proxy, and ends its processes. */
const staged =
  (act: (stage: Stage) => Promise<string>) =>
  async ({ peer, place, url, redis }: Scene): Promise<string> => {
    const proxy = await FaultyProxy.start(url);
    const folder = await mkdtemp(path.join(place.ledger.folder, 'peer-'));
    const drivers: Driver[] = [];
    const start = async (more: Config = {}) => {
      const started = await Driver.start(peer, { url: proxy.url, folder, redis, ...more });
      drivers.push(started.driver);
      return started;
    };
    try {
      return await act({ proxy, place, name: `scene ${++scenes}`, start });
    } finally {
      await Promise.all(drivers.map((driver) => driver.kill()));
      await proxy.close();
    }
  };

const charge = (driver: Driver, name: string) => driver.call('charge', { name, asks: false });
const begun = ({ place, name }: Stage) => until(() => place.ledger.find(`began ${name}`));

/** Handlers that have begun come to their effect. */
async function effectsOf({ place, name }: Stage): Promise<number> {
  await until(() => place.ledger.count(`began ${name}`) === place.ledger.count(`effect ${name}`));
  return place.ledger.count(`effect ${name}`);
}

/** `own`: the receipt that is the call's. */
export function said({ text, error, silent, none }: Report, own?: string): string {
  if (silent) return `nothing within ${PATIENCE_MS / 1_000} s`;
  if (none) return 'knows nothing of the call';
  if (error !== undefined) return `error (${brief(error)})`;
  return own === undefined || text === own ? 'answer' : `another's answer (${text})`;
}

export const brief = (error: string): string => {
  const [line = ''] = error.replace(/http:\/\/[^\s/]+/g, 'the server').split('\n');
  return line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED).trim()}…` : line;
};

const plural = (effects: number): string => `${effects} ${effects === 1 ? 'effect' : 'effects'}`;

/** Without a kind, the session ends. */
const afterFault = (kind?: Fault['kind']) =>
  staged(async (stage) => {
    const goOn = () => {
      stage.place.ledger.open(stage.name);
    };
    const { driver } = await stage.start();
    if (kind === undefined) await stage.proxy.endSession();
    else if (kind === '503 with Retry-After') stage.proxy.doNext({ kind });
    else stage.proxy.doNext({ kind, reached: () => begun(stage), goOn });
    if (kind === undefined || kind === '503 with Retry-After') goOn();
    const report = await charge(driver, stage.name);
    return `${said(report, `receipt of ${stage.name}`)}, ${plural(await effectsOf(stage))}`;
  });

export const HTTP_FAULTS: Record<string, (scene: Scene) => Promise<string>> = {
  'killed in a call; the next process': staged(async (stage) => {
    const { driver } = await stage.start();
    void charge(driver, stage.name);
    await begun(stage);
    await driver.kill();
    const { driver: next, connected } = await stage.start();
    stage.place.ledger.open(stage.name);
    const report = connected.error === undefined ? await next.order({ do: 'recovered' }) : undefined;
    const known = report
      ? said(report, `receipt of ${stage.name}`)
      : `cannot connect (${brief(connected.error ?? '')})`;
    return `${known}, ${plural(await effectsOf(stage))}`;
  }),

  'restarted; three new calls, each like an earlier one': staged(async (stage) => {
    stage.place.ledger.open(stage.name);
    const { driver } = await stage.start();
    await charge(driver, stage.name);
    await driver.kill();
    const { driver: next, connected } = await stage.start();
    if (connected.error !== undefined) return `cannot connect (${brief(connected.error)})`;
    const reports = [];
    for (let i = 0; i < 3; i++) reports.push(await charge(next, stage.name));
    const answers = reports.filter(({ text }) => text !== undefined).length;
    const effects = (await effectsOf(stage)) - 1;
    const refused = reports.find(({ text }) => text === undefined);
    const old = answers > effects ? ` (${answers - effects} had the old answer)` : '';
    return `${answers} answers, ${plural(effects)}${old}${refused ? `; ${said(refused)}` : ''}`;
  }),

  'connection cut before any event': afterFault('cut before any event'),
  'connection cut after an event id': afterFault('cut after an event id'),
  'one 503 with Retry-After': afterFault('503 with Retry-After'),
  'session lost (404)': afterFault(),

  'two processes, one session': staged(async (stage) => {
    const { driver: one } = await stage.start({ shared: true });
    const { driver: other, connected } = await stage.start({ shared: true });
    if (connected.error !== undefined) return `the second cannot connect (${brief(connected.error)})`;
    const names = Array.from({ length: 40 }, (_, i) => `${stage.name} ${i}`);
    names.forEach((name) => {
      stage.place.ledger.open(name);
    });
    const reports = await Promise.all(
      names.map(async (name, i) => ({ name, report: await charge(i % 2 === 0 ? one : other, name) })),
    );
    const right = reports.filter(({ name, report }) => report.text === `receipt of ${name}`).length;
    const ids = stage.proxy.ids.map(({ sessionId, id }) => `${sessionId} ${JSON.stringify(id)}`);
    const refused = reports.find(({ report }) => report.text === undefined);
    const why = refused ? `; ${said(refused.report)}` : '';
    return `${right} of ${names.length} answered, ${ids.length - new Set(ids).size} ids came again${why}`;
  }),
};
