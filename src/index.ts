/**
 * The public API.
 * @module durable-mcp
 */
export { DurableMcpServer } from './api/DurableMcpServer';
export type {
  DurableMcpServerConstructor,
  DurablePromptCallback,
  DurablePromptConfig,
  DurableResourceCallback,
  DurableTemplateCallback,
  DurableToolCallback,
  DurableServerOptions,
  DurableToolConfig,
  ToolScopes,
} from './api/durableServer';
export type { ArgsOf, ZodSchema, ZodShape } from './api/zodTypes';
export type { App, AppServer } from './mcp/app';
export type {
  AskOptions,
  CallerAuth,
  DurableContext,
  DurableSteps,
  DurableWaits,
  RunningStep,
  SessionStateStore,
  StepContext,
  StepOptions,
} from './api/context';
export type { DownstreamToken, WantedToken } from './api/downstreamTokens';
export type {
  AtLeastOnceDurability,
  AtMostOnceDurability,
  DeprecatedDurability,
  Durability,
  NodeDurability,
  RetryOptions,
} from './api/durability';
export {
  AtMostOnceFailedBeforeCompleting,
  AttemptEnded,
  CallCancelled,
  LimitExceeded,
  StepFailed,
  StepMisuse,
  StepOutcomeUnknown,
  ToolError,
} from './api/errors';
export type { Jsonify } from './api/jsonify';
export { durableMap, type DurableMap } from './api/durableMap';
export type { SharedOptions, TemporalOptions } from './api/sharedOptions';
export { notifyListChanged, notifyResourceUpdated } from './api/notify';
export type { MapEntry, RangeOptions } from './wire/map';
export type { SessionInfo } from './wire/sessionInfo';
