/**
 * A prototype of another design for short calls: an update whose handler runs a local activity, in the
 * floor's worker. Temporal writes an update only when the workflow task that answers it has ended, so a call
 * is one commit instead of three. But until then nothing is acknowledged; a workflow takes ten updates at
 * once and 2,000 in a run; and without a live worker, no client learns that its request is stored.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { connect } from '../../src/temporal/connect';
import { taskQueueOf } from './floor';
import { END_SIGNAL, SHORT_UPDATE, WORKFLOW } from './floor/names';
import { openHere, type Sessions, type Subject } from './subject';

export class Update implements Subject {
  readonly name = 'update';
  readonly title = 'prototype: an update';
  readonly made =
    'an update whose handler runs a local activity, in the worker of the floor, and nothing else';

  private constructor(private readonly client: Client) {}

  static async start(address: string): Promise<Update> {
    return new Update(await connect({ address, namespace: 'default' }));
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, async () => {
      const workflowId = `bench-update-${randomUUID()}`;
      const handle = await this.client.workflow.start(WORKFLOW, {
        workflowId,
        taskQueue: taskQueueOf('floor'),
      });
      let calls = 0;
      return {
        call: async () => {
          const n = calls++;
          const answer = await handle.executeUpdate<number, [number]>(SHORT_UPDATE, { args: [n] });
          if (answer !== n) throw new Error(`Update ${n} was answered with ${answer}.`);
        },
        close: () => handle.signal(END_SIGNAL),
      };
    });
  }

  stop(): Promise<void> {
    return this.client.connection.close();
  }
}
