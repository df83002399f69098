/**
 * The public API.
 * @module durable-mcp
 */
export {
  DurableMcpServer,
  type DurablePromptCallback,
  type DurablePromptConfig,
  type DurableResourceCallback,
  type DurableTemplateCallback,
  type DurableToolCallback,
  type DurableToolConfig,
} from './api/DurableMcpServer';
export type { App, AppServer } from './mcp/app';
export type {
  AskOptions,
  DurableContext,
  DurableSteps,
  DurableWaits,
  SessionStateStore,
  StepContext,
  StepOptions,
} from './api/context';
export type { Durability } from './api/durability';
export {
  AtMostOnceFailedBeforeCompleting,
  AttemptEnded,
  CallCancelled,
  LimitExceeded,
  StepFailed,
  StepMisuse,
  ToolError,
} from './api/errors';
export { durableMap, type DurableMap } from './api/durableMap';
export type { SharedOptions, TemporalOptions } from './api/appContext';
export { notifyListChanged, notifyResourceUpdated } from './api/notify';
export type { MapEntry, RangeOptions } from './wire/map';
export type { SessionInfo } from './wire/sessionInfo';
