/** The size of what a suspended call carries: its request, the values of its steps, its client's answers, and the fingerprints of its messages. */
import { jsonBytes } from '../src/wire/bytes';
import type { JSONRPCRequest } from '../src/wire/messages';
import type { ClientRequests } from './clientRequests';
import type { Emitter } from './emitter';
import type { StepValues } from './stepValues';

/** A suspended call crosses continue-as-new in one payload with all other suspended calls. */
const MAXIMUM_SUSPENDED_BYTES = 64_000;

interface Carried {
  readonly message: JSONRPCRequest;
  readonly emitter: Emitter;
  readonly values: StepValues;
  readonly requests: ClientRequests;
}

export class CarriedBytes {
  private hasWarned = false;

  constructor(
    private readonly of: Carried,
    private readonly warn: (text: string, about: Record<string, unknown>) => void,
  ) {}

  get bytes(): number {
    const { message, emitter, values, requests } = this.of;
    return values.bytes + requests.bytes + jsonBytes([message, emitter.snapshot()]);
  }

  /** Whether the call can be suspended. A call that once cannot never can again: the size never shrinks. */
  maySuspend(): boolean {
    const { bytes } = this;
    if (bytes < MAXIMUM_SUSPENDED_BYTES) return true;
    if (!this.hasWarned)
      this.warn(
        `a call that waits can no longer be suspended, and holds its worker: its request, the values of its steps and its answers have more than ${MAXIMUM_SUSPENDED_BYTES} bytes; let steps return references`,
        { bytes },
      );
    this.hasWarned = true;
    return false;
  }
}
