/**
 * Executions of a call's handler, one at a time: activities, each scheduled in a workflow task whose command
 * budget has room for its input.
 */
import { CancellationScope } from '@temporalio/workflow';
import { jsonBytes } from '../../src/wire/bytes';
import type { CallInput, CallOutcome, CallRequest } from '../../src/wire/call';
import type { RunParts } from '../runParts';
import { activityOf, type ActivitySettings } from './callActivities';

export class Execution {
  /** Epoch milliseconds at which the last execution was scheduled. */
  scheduledAt = 0;
  private activity: CancellationScope | undefined;

  constructor(
    private readonly request: CallRequest,
    private readonly parts: RunParts,
  ) {}

  async run(input: CallInput, settings: ActivitySettings): Promise<CallOutcome> {
    const { budget, length } = this.parts;
    const handleRequest = activityOf(this.request, settings);
    const bytes = jsonBytes(input);
    if (!budget.take(bytes)) await budget.wait(bytes);
    const { mark } = budget;
    length.activity(bytes);
    this.scheduledAt = Date.now();
    this.activity = new CancellationScope({ cancellable: true });
    let outcome: CallOutcome | undefined;
    try {
      return (outcome = await this.activity.run(() => handleRequest(input)));
    } finally {
      budget.hasWritten(mark);
      length.result(jsonBytes(outcome));
    }
  }

  /** Cancels the running activity; its attempt then asks why. */
  interrupt(): void {
    this.activity?.cancel();
  }
}
