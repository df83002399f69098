/**
 * What clients may learn of an app's failure. An error of the app is for the operator: its text may contain a
 * secret.
 */

/** A fault of the app in this product's own words, which clients may read. */
export class AppFault extends Error {}

/** `what` has happened, as the beginning of a sentence. The caller logs the error. */
export const clientTextOf = (what: string, error: unknown): string =>
  error instanceof AppFault ? `${what}: ${error.message}` : `${what}; the server's log says why.`;
