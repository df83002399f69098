/** One option of the command line, as data. */
import type { OptionKind } from './optionKinds';

export interface OptionSpec<T> {
  readonly kind: OptionKind<T>;
  readonly description: string;
  readonly default?: T;
  /** The text of the default in `--help`, if the value itself is not to be shown. */
  readonly defaultText?: string;
  /** The environment variable of the option; the command line takes precedence. */
  readonly env?: string;
  /**
   * The name on the command line, if other than the key. Two commands can have different options of the same
   * name.
   */
  readonly flag?: string;
  readonly required?: boolean;
  /** Not shown in `--help`: `dev` passes the option to its roles. */
  readonly hidden?: boolean;
}

/** For an option with a default. With `optional`, the value may be `undefined`. */
export const option = <T>(spec: OptionSpec<T> & { default: T }): OptionSpec<T> => spec;
export const optional = <T>(spec: OptionSpec<T>): OptionSpec<T | undefined> =>
  spec as OptionSpec<T | undefined>;
export const required = <T>(spec: OptionSpec<T>): OptionSpec<T> => ({ ...spec, required: true });
