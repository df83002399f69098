/** All attacks, in the order of the table. */
import type { Attack } from '../attack';
import { HANDLERS } from './handlers';
import { MESSAGES } from './messages';
import { SESSIONS } from './sessions';
import { TEMPORAL } from './signals';
import { STREAMS } from './streams';

export const ATTACKS: readonly Attack[] = [...HANDLERS, ...MESSAGES, ...STREAMS, ...SESSIONS, ...TEMPORAL];

export function attackOf(name: string): Attack {
  const found = ATTACKS.find((attack) => attack.name === name);
  if (!found) throw new Error(`There is no attack "${name}".`);
  return found;
}

/** The attacks whose name contains one of the words; all without words. @throws Error if a word is in no name */
export function attacksWith(words: readonly string[]): readonly Attack[] {
  for (const word of words)
    if (!ATTACKS.some(({ name }) => name.includes(word)))
      throw new Error(
        `No attack has "${word}" in its name; there are ${ATTACKS.map(({ name }) => name).join(', ')}.`,
      );
  return ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}
