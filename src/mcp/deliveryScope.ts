/** To whom a handler speaks: to its call's client stream, or, of what the server has, for its session. */
import type { JSONRPCNotification } from './protocol';

const FOR_THE_SESSION = /^notifications\/(tools|prompts|resources)\//;

/** Everything that is said during a call belongs to the call, but what a server says of itself without relating it to the request. */
export const deliveryScopeOf = (
  { method }: JSONRPCNotification,
  relatesToRequest: boolean,
): 'call' | 'session' => (FOR_THE_SESSION.test(method) && !relatesToRequest ? 'session' : 'call');
