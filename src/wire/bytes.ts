/** Bytes of a text as UTF-8. `TextEncoder` is one of the few globals that Temporal's sandbox has as well. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Of a value as JSON; 0 for what JSON leaves out. */
export const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value) ?? '');
