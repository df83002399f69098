/** `ctx.state`: what handlers keep for their session, in the session's workflow. Each write is a step of its call. */
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { SessionState } from '../src/protocol/session';
import { SET_STATE_UPDATE, STATE_QUERY, type SetState } from '../src/protocol/signals';
import type { SessionStateStore } from '../src/server/context';
import { LimitExceeded } from '../src/server/errors';
import type { AttemptJournal } from './journal';
import { update } from './update';

export class State implements SessionStateStore {
  constructor(
    private readonly handle: WorkflowHandle,
    private readonly journal: AttemptJournal,
    private readonly of: { readonly call: string; readonly attempt: number },
  ) {}

  async get<T>(key: string): Promise<T | undefined> {
    const { session } = await this.journal.running(() => this.handle.query<SessionState>(STATE_QUERY));
    return Object.hasOwn(session.state, key) ? (session.state[key] as T) : undefined;
  }

  set(key: string, value: unknown): Promise<void> {
    return this.write(key, this.journal.asJson(`state ${key}`, value));
  }

  delete(key: string): Promise<void> {
    return this.write(key, {});
  }

  /** Recorded under a name that counts the call's writes of this key, so that a later attempt does not write again. */
  private async write(key: string, change: { value?: unknown }): Promise<void> {
    const { handle, journal, of } = this;
    const step = journal.takeNext(`state ${key}`);
    if (journal.find(step, 'state')) return;
    try {
      await journal.running(() =>
        update<undefined, SetState>(handle, SET_STATE_UPDATE, {
          args: [{ ...of, step, key, ...change }],
          updateId: `${of.call}:${step}`,
        }),
      );
    } catch (error) {
      const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
      if (cause instanceof ApplicationFailure) throw new LimitExceeded(cause.message);
      throw error;
    }
  }
}
