/** The context of a handler whose call keeps no journal: what would have to be written down is refused. */
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
  /** What the tool's author said of it, for the refusal. */
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
        const { state } = call.session; // not before: a node notices whether an app looks at the state (service/watch.ts)
        return Promise.resolve((Object.hasOwn(state, key) ? state[key] : undefined) as T);
      },
      set: refuse('state to write'),
      delete: refuse('state to write'),
      update: refuse('state to write'),
    },
  };
}
