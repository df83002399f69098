/**
 * An author's code can throw any value, even one whose inspection throws again: a revoked proxy, or an error
 * with a getter for its message. (`oddAuthors.test.ts`, `strayExceptions.test.ts`)
 */

/** Bounds a chain of causes that may have no end. */
const MOST_CAUSES = 10;

/** Returns the thrown value itself, or an error in place of a value that cannot be inspected. */
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
