/** Writes each UTF-16 unit of a text as the JSON escape `\uXXXX`; every JSON reader reads the same text. */
export const escaped = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
