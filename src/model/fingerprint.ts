/**
 * Shortens texts that a session must recognize again, to bound the session's memory. Part of the workflow
 * bundle, whose sandbox has no `crypto`. A client that makes two of its own texts collide only confuses its
 * own session.
 */
import { jsonBytes } from '../wire/bytes';

/** Longer than a UUID in quotes, so most texts stay unchanged. */
const MAXIMUM_BYTES = 64;

/**
 * In a sandbox, reading a global costs more than the multiplication, and the hash multiplies for each
 * character.
 */
const { imul } = Math;

/** Returns the text itself, or a hash of it. Idempotent. */
export function fingerprint(text: string): string {
  // Measured as JSON, the form of snapshots: a text of quotes doubles its bytes there.
  if (text.length <= MAXIMUM_BYTES && jsonBytes(text) - 2 <= MAXIMUM_BYTES) return text;
  return `#${text.length}.${[1, 2, 3].map((seed) => hash53(text, seed).toString(36)).join('.')}`;
}

/** cyrb53 by bryc, public domain: two 32-bit multiplicative hashes, mixed as in MurmurHash3. */
function hash53(text: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = imul(a ^ unit, 2_654_435_761);
    b = imul(b ^ unit, 1_597_334_677);
  }
  a = imul(a ^ (a >>> 16), 2_246_822_507) ^ imul(b ^ (b >>> 13), 3_266_489_909);
  b = imul(b ^ (b >>> 16), 2_246_822_507) ^ imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}
