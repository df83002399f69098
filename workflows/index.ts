/** What a worker registers; the bundle's entry point. */
export { mcpSession } from './session';
