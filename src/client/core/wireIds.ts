/**
 * The ids of requests on the wire. A client that restores a session and counts from 0 again uses ids that the
 * session has had: a server that joins repetitions would answer a new `charge(5)` with the receipt of an old
 * one. So each connection of each process has its own 96 random bits before its counter. Strings, since some
 * servers read numbers with 32 bits.
 */
import { randomBytes } from 'node:crypto';

export class WireIds {
  readonly prefix = randomBytes(12).toString('base64url');
  private last = 0;

  next(): string {
    return `${this.prefix}.${++this.last}`;
  }
}
