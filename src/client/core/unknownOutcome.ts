/** The sentence about a call that may have run, and whose answer cannot be had. */

/** `why`: without a full stop. */
export const unknownOutcome = (title: string, why: string): string =>
  `Whether ${title} ran is unknown: ${why}. Look at what it should have done before calling it again.`;

/** Why, where the session is gone. */
export const NO_SESSION = 'the server no longer has its session';
