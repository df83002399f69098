/** What clients are told of an app that fails: what an app throws is the operator's, and can have a secret in its text. */

/** Of the app, in words of ours: clients may read it. */
export class AppFault extends Error {}

/** `what` has happened, as the beginning of a sentence. The caller writes the error into its log. */
export const tellOf = (what: string, error: unknown): string =>
  error instanceof AppFault ? `${what}: ${error.message}` : `${what}; the server's log says why.`;
