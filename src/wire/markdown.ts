/**
 * Shows texts of clients and authors in Temporal's UI, which renders Markdown, as code: such a text cannot be
 * a link or an image. Part of the workflow bundle.
 */

/** The most characters that the UI gets. */
const SHOWN = 200;

/** In one line, without control characters. (`temporalUi.test.ts`) */
export function asCode(words: string): string {
  const text = words
    .replace(/[`\s\p{C}]+/gu, ' ')
    .slice(0, SHOWN)
    .trim();
  return text && `\`${text}\``;
}
