/** The first line of an error's message: enough for a sentence that names the error as its cause. */
export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
