/**
 * Runs one attack on a cluster of its own: a quiet time, the attack, and the time until the cluster is as
 * before.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { Attack } from './attack';
import { attack as attackWith } from './attackerProcess';
import { Crowd, LOST_AFTER_MS } from './crowd';
import { judge } from './judge';
import { Memory } from './memory';
import { Place } from './place';
import type { Measured, Outcome, Times } from './outcome';
import { isAsBefore, settle } from './settle';

const ATTACK_STARTS_IN_S = 3;
/** The first calls are slower: connections open, caches fill, and V8 compiles. */
const WARM_UP_MS = 5_000;

export async function runRow(attack: Attack, times: Times): Promise<Outcome> {
  let place: Place | undefined;
  try {
    place = await Place.start(attack);
    const measured = await measure(place, attack, times);
    return { attack, measured, problems: judge(attack, measured) };
  } catch (error) {
    return { attack, problems: [error instanceof Error ? error.message : String(error)] };
  } finally {
    if (process.env.DEBUG) console.error(place?.lastWords(20));
    await place?.stop();
  }
}

async function measure(place: Place, attack: Attack, times: Times): Promise<Measured> {
  const seconds = times.seconds * (attack.longer ?? 1);
  const memory = new Memory(place);
  const crowd = await Crowd.open(place.urls);
  try {
    await pass(WARM_UP_MS);
    const quietFrom = Date.now();
    await pass(times.quietSeconds * 1_000);
    const quiet = crowd.latency(quietFrom, Date.now());
    const before = memory.now();
    const slept = crowd.sleep(seconds + ATTACK_STARTS_IN_S);
    const ground = { nodes: place.urls, temporal: place.address };
    const { sent, from, to } = await attackWith({ attack: attack.name, ground, seconds });
    const settled = await settle(times.settleSeconds, () =>
      isAsBefore({ place, crowd, quiet, before, now: memory.now(), workflows: crowd.size + sent.mayBeLeft }),
    );
    const sleeper = await Promise.race([slept, pass(LOST_AFTER_MS, undefined, { ref: false })]);
    return {
      quiet,
      during: crowd.latency(from, to),
      lost: crowd.lost,
      failed: crowd.endedAs('failed'),
      unknown: crowd.endedAs('unknown'),
      turnedAway: crowd.turnedAway,
      sleeper: sleeper ?? 'no answer',
      before,
      peak: memory.peak,
      after: memory.now(),
      deaths: [...place.deaths],
      settled,
      answers: sent.answers,
    };
  } finally {
    crowd.stop();
    memory.stop();
  }
}
