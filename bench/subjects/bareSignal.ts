/**
 * One signal, up to Temporal's acknowledgement: the least that a durable request can cost. No worker runs, so
 * only the signal is measured.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { connect } from '../../src/temporal/connect';
import { openHere, type Sessions, type Subject } from './subject';

const NOBODY = 'bench-nobody';

export class BareSignal implements Subject {
  readonly name = 'signal';
  readonly title = 'a bare signal';
  readonly made = 'one `SignalWorkflowExecution`, acknowledged, and nothing more';
  readonly mostSessions = 1;

  private constructor(private readonly client: Client) {}

  static async start(address: string): Promise<BareSignal> {
    return new BareSignal(await connect({ address, namespace: 'default' }));
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, async () => {
      const workflowId = `bench-signal-${randomUUID()}`;
      const handle = await this.client.workflow.start(NOBODY, { workflowId, taskQueue: NOBODY });
      return {
        call: () => handle.signal('call', 0),
        close: async () => void (await handle.terminate()),
      };
    });
  }

  stop(): Promise<void> {
    return this.client.connection.close();
  }
}
