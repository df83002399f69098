/**
 * Warnings of what the next release no longer takes. They are Node's own (`process.emitWarning`, on stderr): the code that they are about is
 * the author's, and runs in nodes, in workers, in tests and in scripts alike; `node --trace-deprecation` shows the line.
 */
const given = new Set<string>();

/** Each `code` once in a process. */
export function warnOfDeprecated(code: string, text: string): void {
  if (given.has(code)) return;
  given.add(code);
  process.emitWarning(text, { type: 'DeprecationWarning', code });
}
