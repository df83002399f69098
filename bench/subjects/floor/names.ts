/** Names that the floor's workflow, worker and client share. Part of the workflow bundle. */
export const WORKFLOW = 'floor';
export const CALL_SIGNAL = 'call';
export const SHORT_UPDATE = 'short';
export const END_SIGNAL = 'end';
