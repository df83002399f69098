/**
 * A session's state and its limits: it travels with each call, and is folded alike by the workflow and by readers of the log.
 * Part of the workflow bundle.
 */
type State = Readonly<Record<string, unknown>>;

const MAXIMUM_KEY_LENGTH = 256;
const MAXIMUM_STATE_LENGTH = 64_000;

/** `value` is absent where the key is deleted. */
export function withState(state: State, key: string, value: unknown): State {
  const { [key]: _before, ...rest } = state;
  return value === undefined ? rest : { ...rest, [key]: value };
}

/** What keeps a write from being taken, as a sentence; `undefined` if nothing does. */
export function whyNotState(state: State, key: string, value: unknown): string | undefined {
  if (key === '' || key === '__proto__' || key.length > MAXIMUM_KEY_LENGTH)
    return `A key of the session's state has 1 to ${MAXIMUM_KEY_LENGTH} characters, and is not "__proto__".`;
  if (value === undefined) return undefined;
  const length = JSON.stringify(withState(state, key, value)).length;
  if (length <= MAXIMUM_STATE_LENGTH) return undefined;
  return `The session's state would have ${length} characters of JSON with "${key}", and ${MAXIMUM_STATE_LENGTH} are the limit; keep references in it.`;
}

/** As JSON values. An absent key has no value, and that is a value of its own. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
