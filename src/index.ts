/** The public API. */
export {
  DurableMcpServer,
  type DurablePromptCallback,
  type DurablePromptConfig,
  type DurableResourceCallback,
  type DurableTemplateCallback,
  type DurableToolCallback,
  type DurableToolConfig,
} from './server/DurableMcpServer';
export type { App, AppServer } from './server/app';
export type {
  AskOptions,
  DurableContext,
  DurableSteps,
  DurableWaits,
  SessionStateStore,
  StepContext,
  StepOptions,
} from './server/context';
export type { Durability } from './server/durability';
export {
  AtMostOnceFailedBeforeCompleting,
  AttemptEnded,
  CallCancelled,
  LimitExceeded,
  StepFailed,
  StepMisuse,
  ToolError,
} from './server/errors';
export { durableMap, type DurableMap } from './shared/durableMap';
export type { SharedOptions, TemporalOptions } from './shared/home';
export { notifyListChanged, notifyResourceUpdated } from './shared/notify';
export type { MapEntry, RangeOptions } from './protocol/map';
export type { SessionInfo } from './protocol/session';
