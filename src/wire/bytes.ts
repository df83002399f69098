/** Bytes of a text in UTF-8. `TextEncoder` is one of the few globals that Temporal's sandbox also has. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Bytes of a value as JSON; 0 for a value that JSON omits. */
export const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value) ?? '');
