/** A text as JSON may write it: each of its UTF-16 units as `\uXXXX`, which every reader of JSON reads as the same text. */
export const escaped = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
