/**
 * The request ids that a session has seen, so that a repeated POST joins its call and never runs twice. A
 * pure fold over the requests in the order of the log: the workflow and every reader of the log reach the
 * same verdict. Part of the workflow bundle.
 *
 * The last `JOINS` requests are kept with their digest and run. Of older ones only the ids are kept:
 * whole numbers as ranges, so that a client that counts costs nothing, strings as fingerprints. The bounds
 * keep the snapshot, with ids of at most 256 bytes, below 1 MB of the 2 MiB that one run can hand to the
 * next. (`manyRequestIds.test.ts`)
 */
import { fingerprint } from './fingerprint';
import { JOINS } from '../wire/extension';
import type { SeenSnapshot } from '../wire/snapshots';

const REMEMBERED_STRINGS = 4_000;
const REMEMBERED_RANGES = 10_000;

export type Verdict =
  | { readonly kind: 'new' }
  /** The same request again; `run` is where its stream begins. */
  | { readonly kind: 'repeat'; readonly run: string }
  /** The id was used for another request. */
  | { readonly kind: 'conflict' }
  /** The id was used so long ago that its answer is no longer available. */
  | { readonly kind: 'forgotten' };

export class SeenRequests {
  private readonly recent: Map<string, { digest: string; run: string }>;
  private readonly ranges: [number, number][];
  private readonly strings: Set<string>;

  constructor(snapshot: SeenSnapshot = { recent: [], ranges: [], strings: [] }) {
    this.recent = new Map(snapshot.recent.map(([key, digest, run]) => [fingerprint(key), { digest, run }]));
    this.ranges = snapshot.ranges.map(([from, to]) => [from, to]);
    this.strings = new Set(snapshot.strings.map(fingerprint));
  }

  see(callKey: string, digest: string, run: string): Verdict {
    const key = fingerprint(callKey);
    const before = this.recent.get(key);
    if (before) return before.digest === digest ? { kind: 'repeat', run: before.run } : { kind: 'conflict' };
    if (this.isOld(key)) return { kind: 'forgotten' };
    this.recent.set(key, { digest, run });
    if (this.recent.size > JOINS) this.ageOldest();
    return { kind: 'new' };
  }

  /** Whether the log can have a stream of this request. */
  knows(callKey: string): boolean {
    const key = fingerprint(callKey);
    return this.recent.has(key) || this.isOld(key);
  }

  snapshot(): SeenSnapshot {
    return {
      recent: [...this.recent].map(([key, { digest, run }]) => [key, digest, run]),
      ranges: this.ranges.map(([from, to]) => [from, to]),
      strings: [...this.strings],
    };
  }

  private isOld(key: string): boolean {
    const id = Number(key);
    if (Number.isNaN(id)) return this.strings.has(key);
    return this.ranges.some(([from, to]) => from <= id && id <= to);
  }

  private ageOldest(): void {
    const [key] = this.recent.keys();
    if (key === undefined) return;
    this.recent.delete(key);
    const id = Number(key); // NaN for strings, which have quotes or are hashes
    if (!Number.isNaN(id)) return this.addToRanges(id);
    this.strings.add(key);
    const [oldest] = this.strings;
    if (this.strings.size > REMEMBERED_STRINGS && oldest !== undefined) this.strings.delete(oldest);
  }

  private addToRanges(id: number): void {
    const before = this.ranges.find(([, to]) => to === id - 1);
    const after = this.ranges.find(([from]) => from === id + 1);
    if (before && after) {
      before[1] = after[1];
      this.ranges.splice(this.ranges.indexOf(after), 1);
    } else if (before) before[1] = id;
    else if (after) after[0] = id;
    else this.ranges.push([id, id]);
    if (this.ranges.length > REMEMBERED_RANGES) this.ranges.shift();
  }
}
