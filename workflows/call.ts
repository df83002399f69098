/**
 * One call's life, without any knowledge of sessions: the activity that runs the author's handler, and the journal of its
 * steps, which decides who may do what. The answer is the activity's result; whoever reads the history finds it there.
 */
import { ActivityCancellationType, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { CallInput, Journal, JournalEntry } from '../src/protocol/call';
import type {
  Claim,
  ClaimResult,
  OpenAttempt,
  OpenAttemptResult,
  RecordSignal,
} from '../src/protocol/signals';

/** From the death of a worker to the second attempt. Below 5 s, a handler that blocks its event loop is taken for dead. */
const HEARTBEAT_TIMEOUT = '5s';
/** Before the next attempt after a crash. It does not grow: a crash says nothing against trying again at once. */
const AFTER_CRASH = '200ms';

export class Call {
  private readonly scope = new CancellationScope({ cancellable: true });
  private readonly journal = new Map<string, JournalEntry>();
  private attempt = 1;

  constructor(private readonly input: CallInput) {}

  /** Resolves when the call has ended, however: how it ended stands in the history. */
  async run(): Promise<void> {
    const { message, policy } = this.input;
    const { handleRequest } = proxyActivities<Activities>({
      activityId: `request ${JSON.stringify(message.id)}`,
      summary: summaryOf(this.input),
      scheduleToCloseTimeout: policy.timeoutMs,
      heartbeatTimeout: HEARTBEAT_TIMEOUT,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      // At-least-once has no maximum here: a crash must never use up the author's attempts. The activity counts those.
      retry:
        policy.delivery === 'at-most-once'
          ? { maximumAttempts: 1 }
          : { initialInterval: AFTER_CRASH, backoffCoefficient: 1 },
    });
    await this.scope.run(() => handleRequest(this.input)).catch(() => undefined);
  }

  cancel(): void {
    this.scope.cancel();
  }

  describe() {
    return { requestId: this.input.message.id, method: this.input.message.method, name: nameOf(this.input) };
  }

  openAttempt({ attempt }: OpenAttempt): OpenAttemptResult {
    if (attempt < this.attempt) return { open: false };
    this.attempt = attempt;
    return { open: true, journal: Object.fromEntries(this.journal) as Journal };
  }

  /** First writer wins. A zombie (an attempt that lives on after its successor has begun) is never granted a claim. */
  claim({ attempt, step }: Claim): ClaimResult {
    if (attempt !== this.attempt) return { granted: false };
    const entry = this.journal.get(step);
    if (entry) return { granted: false, entry };
    this.journal.set(step, { kind: 'atMostOnce' });
    return { granted: true };
  }

  record({ attempt, step, kind, outcome }: RecordSignal): void {
    const entry = this.journal.get(step);
    if (attempt !== this.attempt || entry?.outcome || (entry && entry.kind !== kind)) return;
    this.journal.set(step, { kind, outcome });
  }
}

function nameOf({ message }: CallInput): string | undefined {
  const params = message.params as { name?: unknown; uri?: unknown } | undefined;
  const name = params?.name ?? params?.uri;
  return typeof name === 'string' ? name : undefined;
}

const summaryOf = (input: CallInput): string =>
  `${input.message.method} ${nameOf(input) ?? ''} #${input.message.id}`.slice(0, 200);
