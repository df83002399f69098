/** The context of a call without a journal: operations that would have to be recorded are refused. */
import type { LoggingLevel, RequestId } from '../mcp/protocol';
import type { CallAuth } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import type { RunningCall } from './runningCall';
import { StepMisuse } from './errors';

export interface PlainCall {
  readonly session: SessionInfo;
  readonly request: RequestId;
  readonly attempt: number;
  readonly logLevel: LoggingLevel | undefined;
  readonly auth: CallAuth | undefined;
  readonly operationId: RunningCall['operationId'];
  /** The registration that the refusal names, such as `execution 'node'`. */
  readonly because: string;
}

export function nonDurableContext({ because, ...call }: PlainCall): RunningCall {
  const refuse = (what: string) => (): Promise<never> =>
    Promise.reject(new StepMisuse(`The tool was registered with ${because}, which has no ${what}.`));
  return {
    ...call,
    steps: { atLeastOnce: refuse('steps'), atMostOnce: refuse('steps') },
    ask: refuse('requests to the client'),
    sleep: refuse('durable sleep'),
    once: (_what, act) => act(),
    state: {
      get<T>(key: string) {
        const { state } = call.session; // read no earlier: the node detects whether an app reads the state (service/watch.ts)
        return Promise.resolve((Object.hasOwn(state, key) ? state[key] : undefined) as T);
      },
      set: refuse('state to write'),
      delete: refuse('state to write'),
      update: refuse('state to write'),
    },
  };
}
