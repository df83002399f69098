/** A workflow's session, for the time of one activity. Only the workflow opens another one. */
import type { RequestSession } from '../http/exchange';
import { ping, type Handshake } from '../http/handshake';
import { isCertain, type Refusal } from '../http/session';
import type { SessionHeaders } from '../http/wire';
import type { SessionRecord } from '../workflow/protocol';

export class BorrowedSession implements RequestSession {
  /** Whether the server has said that it no longer has the session. */
  isLost = false;

  constructor(
    private readonly record: SessionRecord,
    private readonly handshake: Handshake,
  ) {}

  get id(): string | undefined {
    return this.record.id;
  }

  get headers(): SessionHeaders {
    return { sessionId: this.record.id, protocolVersion: this.record.protocolVersion };
  }

  /** The workflow keeps what may have to be joined within the number that the server remembers. */
  joins(): boolean {
    return this.record.joins > 0;
  }

  async count(): Promise<number> {
    return 0;
  }

  async opened(): Promise<void> {
    // The workflow opens it before the activity.
  }

  /** @throws Error where it is so, which ends the request: see `isLost` */
  async isGone(_id: string | undefined, refusal: Refusal): Promise<boolean> {
    this.isLost = isCertain(refusal) || !(await ping(this.handshake, this.headers));
    if (this.isLost) throw new Error('The server no longer has the session.');
    return false;
  }
}
