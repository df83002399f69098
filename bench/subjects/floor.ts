/**
 * The floor: what a signal, an activity and a history tail cost on this Temporal without anything else. The
 * client and the tail are in this process, the worker is another process, as with the product.
 */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import { connect } from '../../src/temporal/connect';
import { Child } from '../child';
import { installed } from '../versions';
import { CALL_SIGNAL, END_SIGNAL, WORKFLOW } from './floor/names';
import type { FloorName } from './names';
import { openHere, type Session, type Sessions, type Subject } from './subject';

export interface FloorOptions {
  readonly name?: FloorName;
  readonly title?: string;
  readonly settings?: Partial<WorkerOptions>;
  readonly profileInto?: string;
}

export const taskQueueOf = (name: FloorName): string => `bench-${name}`;

export class Floor implements Subject {
  readonly made = `signal → activity → history tail, and nothing else; ${installed('@temporalio/worker')}`;

  private constructor(
    readonly name: FloorName,
    readonly title: string,
    private readonly child: Child,
    private readonly client: Client,
  ) {}

  /** `settings` are settings of the worker that override those of the product. */
  static async start(
    address: string,
    { name = 'floor', title = name, settings = {}, profileInto }: FloorOptions = {},
  ): Promise<Floor> {
    const client = await connect({ address, namespace: 'default' });
    try {
      const args = ['--import', 'tsx', 'bench/subjects/floor/worker.ts'];
      const worker = [address, taskQueueOf(name), JSON.stringify(settings)];
      return new Floor(
        name,
        title,
        await Child.startNode(`${name}-worker`, [...args, ...worker], profileInto),
        client,
      );
    } catch (error) {
      await client.connection.close();
      throw error;
    }
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, async () => {
      const workflowId = `bench-floor-${randomUUID()}`;
      const handle = await this.client.workflow.start(WORKFLOW, {
        workflowId,
        taskQueue: taskQueueOf(this.name),
      });
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

  /**
   * Follows the history from the start of the session to its end. A closed run arrives with an empty page
   * token.
   */
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
