/** Errors of the file system by their codes. */

/** `undefined` for an error of another kind. Does not ask for the class: a test's realm has one of its own. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Resolves with `undefined` if the file or its folder does not exist. */
export async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
