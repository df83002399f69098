/** The workflows that a worker registers; the bundle's entry point. */
export { mcpClientStore } from './clientStore/clientStore';
export { durableMap } from './map';
export { mcpResource } from './resource';
export { mcpSession } from './session/session';
