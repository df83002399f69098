/** Cuts a stream of bytes into lines of UTF-8, and keeps the end of a stream. */

const NEWLINE = 0x0a;
/** Larger space is given back after a long line. */
const KEPT_SPACE = 256 * 1024;

/**
 * Bytes become text only as a whole line, so a character that two chunks share stays whole. The space for an
 * unfinished line doubles when it is full: a line costs time in proportion to its length, in chunks of any size.
 */
export class LineCutter {
  private space = Buffer.alloc(0);
  private used = 0;

  /** `onTooLong` gets the beginning of a line that has more than `longest` bytes; what follows counts as a new line. */
  constructor(
    private readonly longest: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: (beginning: string) => void,
  ) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.keep(chunk.subarray(from, end));
      this.onLine(this.take());
      from = end + 1;
    }
    this.keep(chunk.subarray(from));
  }

  /** The stream has ended: the rest is a line. */
  end(): void {
    if (this.used > 0) this.onLine(this.take());
  }

  private keep(bytes: Buffer): void {
    let rest = bytes;
    while (this.used + rest.length > this.longest) {
      const fits = this.longest - this.used;
      this.append(rest.subarray(0, fits));
      this.onTooLong(this.take());
      rest = rest.subarray(fits);
    }
    this.append(rest);
  }

  private append(bytes: Buffer): void {
    const needed = this.used + bytes.length;
    if (needed > this.space.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.space.length * 2));
      this.space.copy(larger, 0, 0, this.used);
      this.space = larger;
    }
    bytes.copy(this.space, this.used);
    this.used = needed;
  }

  private take(): string {
    const line = this.space.toString('utf8', 0, this.used);
    this.used = 0;
    if (this.space.length > KEPT_SPACE) this.space = Buffer.alloc(0);
    return line;
  }
}

/** The last bytes of a stream. */
export class Tail {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly most: number) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size > 2 * this.most) this.shorten();
  }

  toString(): string {
    this.shorten();
    const [bytes = Buffer.alloc(0)] = this.chunks;
    let start = 0;
    while (start < 3 && isInsideCharacter(bytes[start])) start += 1;
    return bytes.toString('utf8', start);
  }

  private shorten(): void {
    const all = Buffer.concat(this.chunks);
    const last = Buffer.from(all.subarray(Math.max(0, all.length - this.most)));
    this.chunks = [last];
    this.size = last.length;
  }
}

const isInsideCharacter = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
