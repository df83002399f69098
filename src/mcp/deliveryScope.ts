/**
 * The scope of a handler's message: its call's stream or, for changes of what the server has, the session.
 */
import type { JSONRPCNotification } from './protocol';

const FOR_THE_SESSION = /^notifications\/(tools|prompts|resources)\//;

/**
 * Everything that is sent during a call belongs to the call, except changes of the server that are not
 * related to the request.
 */
export const deliveryScopeOf = (
  { method }: JSONRPCNotification,
  relatesToRequest: boolean,
): 'call' | 'session' => (FOR_THE_SESSION.test(method) && !relatesToRequest ? 'session' : 'call');
