/**
 * The floor: what a signal, an activity and a history tail cost on this Temporal with nothing around them. Client and tail are
 * here, the worker is another process, as with the product.
 */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { connect } from '../../src/temporal/connect';
import { Child } from '../child';
import { installed } from '../versions';
import { CALL_SIGNAL, END_SIGNAL, TASK_QUEUE, WORKFLOW } from './floor/names';
import { openHere, type Session, type Sessions, type Subject } from './subject';

export class Floor implements Subject {
  readonly name = 'floor';
  readonly title = 'floor';
  readonly made = `signal → activity → history tail, and nothing else; ${installed('@temporalio/worker')}`;

  private constructor(
    private readonly child: Child,
    private readonly client: Client,
  ) {}

  static async start(address: string, profileInto?: string): Promise<Floor> {
    const client = await connect({ address, namespace: 'default' });
    try {
      const args = ['--import', 'tsx', 'bench/subjects/floor/worker.ts', address];
      return new Floor(await Child.startNode('floor-worker', args, profileInto), client);
    } catch (error) {
      await client.connection.close();
      throw error;
    }
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, async () => {
      const workflowId = `bench-floor-${randomUUID()}`;
      const handle = await this.client.workflow.start(WORKFLOW, { workflowId, taskQueue: TASK_QUEUE });
      return new FloorSession(this.client, handle, handle.firstExecutionRunId);
    });
  }

  async stop(): Promise<void> {
    await this.client.connection.close();
    await this.child.stop();
  }
}

interface Waiting {
  resolve(answer: number): void;
  reject(error: unknown): void;
}

class FloorSession implements Session {
  private calls = 0;
  private waiting: Waiting | undefined;
  private readonly tail: Promise<void>;

  constructor(
    private readonly client: Client,
    private readonly handle: WorkflowHandle,
    runId: string,
  ) {
    this.tail = this.follow(runId);
    this.tail.catch((error: unknown) => this.waiting?.reject(error));
  }

  async call(): Promise<void> {
    const n = this.calls++;
    const seen = new Promise<number>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    const [, answer] = await Promise.all([this.handle.signal<[number]>(CALL_SIGNAL, n), seen]);
    if (answer !== n) throw new Error(`Call ${n} of the floor was answered with ${answer}.`);
  }

  async close(): Promise<void> {
    await this.handle.signal(END_SIGNAL);
    await this.tail;
  }

  /** One tail for the session, from its start to its end; a closed run arrives with an empty token. */
  private async follow(runId: string): Promise<void> {
    const { workflowId } = this.handle;
    const { namespace } = this.client.options;
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await this.client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        nextPageToken,
        waitNewEvent: true,
        skipArchival: true,
      });
      for (const { activityTaskCompletedEventAttributes: completed } of page.history?.events ?? []) {
        const [result] = completed?.result?.payloads ?? [];
        if (result) this.waiting?.resolve(defaultPayloadConverter.fromPayload<number>(result));
      }
      nextPageToken = page.nextPageToken;
    } while (nextPageToken?.length);
  }
}
