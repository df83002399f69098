/** The settings of one attempt, and the ways in which an attempt ends. */
import type { Suspended } from '../src/wire/call';
import type { JSONRPCResponse } from '../src/mcp/protocol';
import type { Step, StepTaken } from './step';
import type { Time } from './time';

export interface AttemptSettings {
  readonly attempt: number;
  /** Earlier attempts that ended without the death of their worker. */
  readonly endedWell: number;
  /** The number of the last attempt that ended with an error; 0 if none did. */
  readonly lastThrown: number;
  /**
   * What was left of the call's timeout when this execution was scheduled, plus the time for which earlier
   * attempts of this execution had paused the clock.
   */
  readonly timeLeftMs: number;
  /**
   * Time from the scheduling of this execution to that of this attempt, by Temporal's clock. Used if the
   * journal has no better figure.
   */
  readonly elapsedMs: number;
  /** How long a wait occupies its activity slot before the call is suspended; `undefined`: never suspended. */
  readonly suspendAfterMs: number | undefined;
  /** Whether another attempt follows an attempt that ended with `thrown`. */
  readonly runsAgainAfter: (thrown: unknown) => boolean;
  readonly time: Time;
  readonly warn: (text: string, about?: Record<string, unknown>) => void;
  readonly onStep?: (step: StepTaken) => void;
  /** Called when the handler begins to wait for the end of a question or a sleep. */
  readonly onWait?: (step: Step) => void;
  /** The handler uses something durable or visible: an attempt that began inline needs an activity. */
  readonly promote?: () => void;
  /** How long the journal waits for the handler to reach a recorded step; see deliveries.ts. */
  readonly patienceMs?: number;
}

export type AttemptEnd =
  | { readonly kind: 'answered'; readonly response: JSONRPCResponse; readonly missing?: string }
  | {
      readonly kind: 'threw';
      readonly response: JSONRPCResponse;
      readonly thrown: unknown;
      /** No further attempt follows. */
      readonly isLast: boolean;
      /**
       * Thrown outside of the handler's promise: by a timer, an event or an exceeded limit. The handler may
       * still run.
       */
      readonly isStray?: true;
    }
  | { readonly kind: 'suspended'; readonly suspended: Suspended['suspended'] }
  /** The timeout expired. The handler was notified, and has ended or was abandoned. */
  | { readonly kind: 'late' }
  /** The call was cancelled. The handler was notified, and has ended or was abandoned. */
  | { readonly kind: 'cancelled' };
