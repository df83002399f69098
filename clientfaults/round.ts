/** One round: a client is killed at a point in two calls, and the next process of the same store goes on. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { until } from 'durable-mcp/testing';
import type { Outcome, Said } from './caller';
import type { Place } from './place';
import { callOf, KINDS, type Kind, type Point, type Round } from './points';
import { Caller } from './process';
import type { Wire } from './wire';

/** What the next process was told of one call. */
export interface Told {
  readonly kind: Kind | 'afterwards';
  readonly name: string;
  readonly outcomes: readonly Outcome[];
}

export interface Played {
  readonly round: Round;
  readonly told: readonly Told[];
  /** What the client said that it should not have. */
  readonly problems: readonly string[];
}

interface Scene {
  readonly round: Round;
  readonly place: Place;
  readonly wire: Wire;
  readonly names: Readonly<Record<Kind, string>>;
}

export async function play(round: Round, place: Place): Promise<Played> {
  const wire = await place.wireFor(round);
  const names = Object.fromEntries(KINDS.map((kind) => [kind, callOf(round, kind)])) as Record<Kind, string>;
  const scene = { round, place, wire, names };
  const order = {
    target: wire.target,
    folder: await mkdtemp(path.join(place.ledger.folder, 'store-')),
    names,
    asks: round.point === 'question open',
  };
  const first = Caller.start({ ...order, holdsRecords: round.point === 'before send' });
  try {
    await first.says('connected');
    await REACH[round.point](scene, first);
    await first.kill();
    wire.pass();
    const next = await recovered(scene, { ...order, afterwards: callOf(round, 'afterwards') });
    return { round, ...judged(scene, first, next) };
  } finally {
    await first.kill();
    await wire.close();
  }
}

/** Resolves when both calls of the client stand at the point. */
const REACH: Record<Point, (scene: Scene, client: Caller) => Promise<void>> = {
  async 'before send'(scene, client) {
    openGates(scene);
    client.go();
    await client.says('recorded', 2);
  },
  'sent, then lost': sent,
  'sent, arrives late': sent,
  async accepted(scene, client) {
    client.go();
    await begun(scene);
  },
  async answered(scene, client) {
    client.go();
    await begun(scene);
    await placed(scene, client);
    scene.wire.holdAnswers();
    openGates(scene);
    await until(() => scene.wire.heldAnswers() === 2);
  },
  async 'question open'(scene, client) {
    openGates(scene);
    client.go();
    await client.says('asked', 2);
  },
  async resumed(scene, client) {
    client.go();
    await begun(scene);
    await placed(scene, client);
    const before = scene.wire.resumptions();
    scene.wire.cut();
    await until(() => scene.wire.resumptions() >= before + 2);
  },
};

async function sent(scene: Scene, client: Caller): Promise<void> {
  openGates(scene);
  scene.wire.holdCalls();
  client.go();
  await until(() => scene.wire.heldCalls() === 2);
}

const openGates = ({ place, names }: Scene): void => {
  Object.values(names).forEach((name) => {
    place.ledger.open(name);
  });
};

const begun = ({ place, names }: Scene): Promise<unknown> =>
  until(() => Object.values(names).every((name) => place.ledger.find(`began ${name}`)));

/** The store knows the calls' places in their streams, where there are streams. */
async function placed({ round }: Scene, client: Caller): Promise<void> {
  if (round.server !== 'SDK over stdio')
    await until(() => new Set(client.all('placed').map(({ placed }) => placed)).size === 2);
}

/**
 * The next process. What arrives late does so before it in odd rounds, and after it in even ones; a child
 * process would not live so long without its client.
 */
async function recovered(scene: Scene, order: Parameters<typeof Caller.start>[0]): Promise<Caller> {
  const { round, place, wire } = scene;
  const arrives = round.point === 'sent, arrives late';
  const isEarly = round.number % 2 === 1 || round.server === 'SDK over stdio';
  if (arrives && isEarly) await wire.arrive();
  place.ledger.open(order.afterwards ?? '');
  const next = Caller.start(order);
  try {
    await next.says('connected');
    openGates(scene);
    await next.ended();
    if (arrives && !isEarly) await wire.arrive();
    return next;
  } finally {
    await next.kill();
  }
}

function judged({ round, names }: Scene, first: Caller, next: Caller): Omit<Played, 'round'> {
  const early = first
    .all('outcome')
    .map((said) => `its first process had an outcome: ${JSON.stringify(said)}`);
  const failed = next.all('failed').map(({ failed }) => `its next process failed: ${failed}`);
  const told = ([...KINDS, 'afterwards'] as const).map((kind) => {
    const name = kind === 'afterwards' ? callOf(round, kind) : names[kind];
    return { kind, name, outcomes: outcomesOf(next.said, name) };
  });
  return { told, problems: [...early, ...failed] };
}

const outcomesOf = (said: readonly Said[], name: string): Outcome[] =>
  said.flatMap((one) => ('outcome' in one && one.of === name ? one.outcome : []));
