/**
 * Warns of what the next release no longer accepts. The warnings are Node's own (`process.emitWarning`, on
 * stderr), since the code that causes them is the author's and runs in nodes, workers, tests and scripts
 * alike. `node --trace-deprecation` shows its line.
 */
const given = new Set<string>();

/** Warns once per process for each `code`. */
export function warnOfDeprecated(code: string, text: string): void {
  if (given.has(code)) return;
  given.add(code);
  process.emitWarning(text, { type: 'DeprecationWarning', code });
}
