/** The public API. */
export {
  DurableMcpServer,
  type DurableToolCallback,
  type DurableToolConfig,
} from './server/DurableMcpServer';
export type { App } from './server/app';
export type { DurableContext, DurableSteps, StepContext, StepOptions } from './server/context';
export type { Durability } from './server/durability';
export { durableMap, type DurableMap } from './server/durableMap';
export {
  AtMostOnceFailedBeforeCompleting,
  MapRefused,
  StepFailed,
  StepMisuse,
  ToolError,
} from './server/errors';
export type { SharedOptions, TemporalOptions } from './server/home';
export { notifyListChanged, notifyResourceUpdated } from './server/notify';
export type { MapEntry, RangeOptions } from './protocol/map';
export type { SessionInfo } from './protocol/session';
