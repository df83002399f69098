/** Words that others choose, for Temporal's UI, which reads Markdown: as code, so that none is a link or a picture of theirs. Part of the workflow bundle. */

/** Bounds what the UI is sent. */
const SHOWN = 200;

/** In one line, without what a terminal or a reader would obey. (`temporalUi.test.ts`) */
export function asCode(words: string): string {
  const text = words
    .replace(/[`\s\p{C}]+/gu, ' ')
    .slice(0, SHOWN)
    .trim();
  return text && `\`${text}\``;
}
