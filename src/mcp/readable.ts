/**
 * Author's code can throw anything, also what throws once more when it is looked at: a revoked proxy, an error with a getter for its message.
 * (`oddAuthors.test.ts`, `strayExceptions.test.ts`)
 */

/** Of a chain that may have no end. */
const MOST_CAUSES = 10;

/** The same, or an error in the place of what cannot be looked at. */
export function readable(thrown: unknown): unknown {
  try {
    let error = thrown;
    for (let causes = 0; error instanceof Error && causes < MOST_CAUSES; causes++) {
      for (const part of ['name', 'message', 'stack', 'code', 'errors']) Reflect.get(error, part);
      error = error.cause;
    }
    return thrown;
  } catch {
    return new Error('Something was thrown that cannot be read.');
  }
}
