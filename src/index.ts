/** The public API. */
export {
  DurableMcpServer,
  type DurableToolCallback,
  type DurableToolConfig,
} from './server/DurableMcpServer';
export type { App } from './server/app';
export type { DurableContext, DurableSteps, StepContext, StepOptions } from './server/context';
export type { Durability } from './server/durability';
export { AtMostOnceFailedBeforeCompleting, StepFailed, StepMisuse, ToolError } from './server/errors';
export type { SessionInfo } from './protocol/session';
