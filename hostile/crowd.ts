/**
 * The innocent sessions. Each session calls, awaits the answer and calls again, at most once a second. One
 * more session waits in a call during the whole attack.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { BareClient } from 'durable-mcp/testing';
import { callOf, type End, type Innocent } from './innocent';

const SESSIONS = 20;
/**
 * 20 sessions make 20 calls a second. Two cores and Temporal on SQLite cannot keep up with more than twice
 * that rate: calls would wait for each other.
 */
const EVERY_MS = 1_000;
/** A call without an answer after this time is lost. */
export const LOST_AFTER_MS = 60_000;

interface Call {
  readonly at: number;
  ms?: number;
  end?: End;
}

export interface Latency {
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
}

export class Crowd {
  private readonly calls: Call[] = [];
  private readonly end = new AbortController();

  private constructor(
    private readonly nodes: readonly string[],
    private readonly innocents: readonly Innocent[],
    private readonly sleeper: Innocent,
  ) {}

  static async open(nodes: readonly string[]): Promise<Crowd> {
    const open = async (_: unknown, i: number): Promise<Innocent> => ({
      client: await new BareClient(nodes[i % nodes.length] ?? '', undefined, 'innocent').open(),
      turnedAway: 0,
    });
    const innocents = await Promise.all(Array.from({ length: SESSIONS }, open));
    const crowd = new Crowd(nodes, innocents, await open(undefined, 0));
    innocents.forEach((innocent) => void crowd.goOn(innocent));
    return crowd;
  }

  /** The number of sessions. */
  get size(): number {
    return this.innocents.length + 1;
  }

  get turnedAway(): number {
    return [...this.innocents, this.sleeper].reduce((sum, { turnedAway }) => sum + turnedAway, 0);
  }

  /**
   * Latency of the calls that began between the two times. A call without an answer counts with its waiting
   * time so far.
   */
  latency(from: number, to: number): Latency {
    return latencyOf(this.calls.filter(({ at }) => at >= from && at < to));
  }

  /** Latency of the calls that have ended since `when` or still wait, including calls that began before. */
  latencySince(when: number): Latency {
    return latencyOf(this.calls.filter(({ at, ms }) => ms === undefined || at + ms >= when));
  }

  /**
   * The calls whose answer is not the tool's: the number of unknown outcomes, or the reasons of the failures.
   */
  endedAs(kind: 'unknown'): number;
  endedAs(kind: 'failed'): string[];
  endedAs(kind: 'unknown' | 'failed'): number | string[] {
    const ends = this.calls.flatMap(({ end }) => (end?.kind === kind ? [end] : []));
    return kind === 'unknown' ? ends.length : ends.map((end) => ('why' in end ? end.why : ''));
  }

  /** The number of calls that took, or have waited, longer than a minute. */
  get lost(): number {
    return this.calls.filter(({ at, ms }) => (ms ?? Date.now() - at) > LOST_AFTER_MS).length;
  }

  /** Makes a durable call that sleeps this long between two steps. Resolves with its end. */
  async sleep(seconds: number): Promise<End> {
    return callOf(this.sleeper, this.nodes, 1, 'night', { seconds }, 'slept well', this.end.signal);
  }

  /** Stops all sessions, with calls in flight. */
  stop(): void {
    this.end.abort();
  }

  private async goOn(innocent: Innocent): Promise<void> {
    await pass(Math.random() * EVERY_MS);
    for (let id = 1; !this.end.signal.aborted; id++) {
      const call: Call = { at: Date.now() };
      this.calls.push(call);
      const value = `${innocent.client.sessionId} ${id}`;
      const began = performance.now();
      call.end = await callOf(innocent, this.nodes, id, 'echo', { value }, value, this.end.signal);
      call.ms = performance.now() - began;
      await pass(Math.max(0, EVERY_MS - call.ms));
    }
  }
}

function latencyOf(calls: readonly Call[]): Latency {
  const now = Date.now();
  const waited = calls.map(({ at, ms }) => ms ?? now - at).sort((a, b) => a - b);
  const percentile = (p: number) => waited[Math.min(waited.length - 1, Math.floor(waited.length * p))] ?? 0;
  return { calls: waited.length, p50: percentile(0.5), p99: percentile(0.99) };
}
