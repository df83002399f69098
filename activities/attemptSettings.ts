/** What an attempt is told by whoever runs it, and how it ends. */
import type { Suspended } from '../src/wire/call';
import type { JSONRPCResponse } from '../src/mcp/protocol';
import type { Step, StepTaken } from './step';
import type { Time } from './time';

export interface AttemptSettings {
  readonly attempt: number;
  /** How many of those before it have ended without their worker dying. */
  readonly endedWell: number;
  /** The last attempt that ended with an error; 0 if none did. */
  readonly lastThrown: number;
  /** Of the call's time, when its execution was scheduled. */
  readonly timeLeftMs: number;
  /** Since then, as far as is known before the journal is open. */
  readonly elapsedMs: number;
  /** How long a wait holds its slot; `undefined` if the call must not be suspended. */
  readonly suspendAfterMs: number | undefined;
  /** Whether another attempt follows one that ends so. */
  readonly runsAgainAfter: (thrown: unknown) => boolean;
  readonly time: Time;
  readonly warn: (text: string, about?: Record<string, unknown>) => void;
  readonly onStep?: (step: StepTaken) => void;
  /** The handler begins to wait for the end of a question or a sleep. */
  readonly onWait?: (step: Step) => void;
  /** See deliveries.ts. */
  readonly patienceMs?: number;
}

/** How an attempt ends. */
export type AttemptEnd =
  | { readonly kind: 'answered'; readonly response: JSONRPCResponse; readonly missing?: string }
  | {
      readonly kind: 'threw';
      readonly response: JSONRPCResponse;
      readonly thrown: unknown;
      /** No other attempt follows. */
      readonly isLast: boolean;
      /** Not by the handler, which may still run, but by a timer or an event of its own. */
      readonly isStray?: true;
    }
  | { readonly kind: 'suspended'; readonly suspended: Suspended['suspended'] }
  /** Its time is up; the handler was told, and has ended or was given up. */
  | { readonly kind: 'late' }
  /** Its call was cancelled; the handler was told, and has ended or was given up. */
  | { readonly kind: 'cancelled' };
