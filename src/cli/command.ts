/** Commands as data, and their translation to commander. */
import { Option, type Command } from 'commander';
import { on, onOrOff } from './optionKinds';
import type { OptionSpec } from './optionSpec';
import { OPTIONS, type OptionName, type ValuesOf } from './options';

export interface CommandSpec {
  /** `sessions list` is the command `list` of the group `sessions`. */
  readonly name: string;
  readonly description: string;
  readonly args: readonly Argument[];
  readonly options: readonly OptionName[];
  /** Text that `--help` shows after the options. */
  readonly notes?: string;
  readonly run: (args: readonly string[], rest: readonly string[], values: never) => Promise<void>;
}

export interface Argument {
  /** Includes commander's brackets. `[args...]` takes all further arguments, also those after `--`. */
  readonly name: string;
  readonly description: string;
}

/** Types `run` by the options: it receives the arguments, the further arguments, and the option values. */
export const command = <const Names extends readonly OptionName[]>(
  spec: Omit<CommandSpec, 'options' | 'run'> & {
    readonly options: Names;
    readonly run: (
      args: readonly string[],
      rest: readonly string[],
      values: ValuesOf<Names>,
    ) => Promise<void>;
  },
): CommandSpec => spec;

const specOf = (name: OptionName): OptionSpec<unknown> => OPTIONS[name] as OptionSpec<unknown>;

/** For example `--task-queue` for `taskQueue`. */
export const longFlag = (name: OptionName): string =>
  `--${specOf(name).kind === on ? 'no-' : ''}${specOf(name).flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The option values for a command's `run`, from the values that commander has read. */
export const valuesOf = (
  names: readonly OptionName[],
  read: Record<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, read[specOf(name).flag ?? name]]));

/**
 * Writes option values as the command line of a child process. Values from environment variables are left
 * out: the child inherits the variables.
 */
export function argumentsFor(
  names: readonly OptionName[],
  values: Readonly<Record<string, unknown>>,
): string[] {
  return names.flatMap((name) => {
    const { kind, env } = specOf(name);
    const value = values[name];
    if (value === undefined || (env !== undefined && process.env[env] === value)) return [];
    const flag = value === false && kind !== on ? longFlag(name).replace('--', '--no-') : longFlag(name);
    return kind.write(value).flatMap((text) => (kind.placeholder === undefined ? [flag] : [flag, text]));
  });
}

export function optionsOf(name: OptionName): Option[] {
  const { kind, description, env, hidden, required, ...spec } = specOf(name);
  const long = longFlag(name);
  // Commander treats every value of a switch's variable as true, even `false`. This variable is therefore
  // read with the connection's other settings.
  if (kind === onOrOff)
    return [
      new Option(long, `${description} (env: ${env})`),
      new Option(long.replace('--', '--no-')).hideHelp(),
    ];
  const option = new Option(
    kind.placeholder === undefined ? long : `${long} <${kind.placeholder}>`,
    description,
  );
  if (kind.choices) option.choices(kind.choices);
  else if (kind.parse) option.argParser(kind.parse);
  if (spec.default !== undefined && kind !== on) option.default(spec.default, spec.defaultText);
  if (env !== undefined) option.env(env);
  if (required) option.makeOptionMandatory();
  return [option.hideHelp(hidden ?? false)];
}

/** Adds the command to `program` or, if its name has two words, to the group that the first word names. */
export function addCommand(program: Command, spec: CommandSpec): void {
  const path = spec.name.split(' ');
  const name = path.pop() ?? '';
  const parent = path.reduce(
    (above, group) => above.commands.find((one) => one.name() === group) ?? above,
    program,
  );
  const made = parent.command(name).description(spec.description);
  spec.args.forEach(({ name, description }) => made.argument(name, description));
  spec.options.flatMap(optionsOf).forEach((option) => made.addOption(option));
  if (spec.notes) made.addHelpText('after', `\n${spec.notes}`);
  made.action(async () => {
    const given = made.processedArgs as (string | string[] | undefined)[];
    const [rest = []] = given.filter(Array.isArray);
    const args = given.filter((arg) => typeof arg === 'string');
    await spec.run(args, rest, valuesOf(spec.options, made.opts()) as never);
  });
}
