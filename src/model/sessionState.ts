/**
 * A session's state and its limits. The state travels with each call; the workflow and the readers of the log
 * fold it alike. Part of the workflow bundle.
 */
type State = Readonly<Record<string, unknown>>;

const MAXIMUM_KEY_LENGTH = 256;
const MAXIMUM_STATE_LENGTH = 64_000;

/** `value` is absent to delete the key. */
export function withState(state: State, key: string, value: unknown): State {
  const { [key]: _before, ...rest } = state;
  return value === undefined ? rest : { ...rest, [key]: value };
}

/** The reason, as a sentence, why a write is refused; `undefined` if it is not. */
export function whyNotState(state: State, key: string, value: unknown): string | undefined {
  if (key === '' || key === '__proto__' || key.length > MAXIMUM_KEY_LENGTH)
    return `A key of the session's state has 1 to ${MAXIMUM_KEY_LENGTH} characters, and is not "__proto__".`;
  if (value === undefined) return undefined;
  const length = JSON.stringify(withState(state, key, value)).length;
  if (length <= MAXIMUM_STATE_LENGTH) return undefined;
  return `The session's state would have ${length} characters of JSON with "${key}", and ${MAXIMUM_STATE_LENGTH} are the limit; keep references in it.`;
}

/** Equality as JSON. `undefined`, for an absent key, equals only itself. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
