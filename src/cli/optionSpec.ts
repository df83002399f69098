/** One option of the command line, as data. */
import type { OptionKind } from './optionKinds';

export interface OptionSpec<T> {
  readonly kind: OptionKind<T>;
  readonly description: string;
  readonly default?: T;
  /** How `--help` writes the default, where that is not as JavaScript does. */
  readonly defaultText?: string;
  /** The variable that says the same; the option takes precedence. */
  readonly env?: string;
  /** On the command line, where that is not the key's name: two commands may mean different things by one name. */
  readonly flag?: string;
  readonly required?: boolean;
  /** Between `dev` and its roles. */
  readonly hidden?: boolean;
}

/** `T` is read off the kind, or, where there is no default, may be missing. */
export const option = <T>(spec: OptionSpec<T> & { default: T }): OptionSpec<T> => spec;
export const optional = <T>(spec: OptionSpec<T>): OptionSpec<T | undefined> =>
  spec as OptionSpec<T | undefined>;
export const required = <T>(spec: OptionSpec<T>): OptionSpec<T> => ({ ...spec, required: true });
