/**
 * The kinds of option values: how a value is read from a command line, and written to that of a child
 * process.
 */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import type { ImpliedScopes } from '../auth/scopes';
import { isScope } from '../shared/scope';
import { LONGEST_TIMER_MS, milliseconds } from '../shared/duration';
import { hostNameOf, isHttpUrl, originOf, withoutBrackets } from '../net/address';

/** `T` is the type that commands receive. */
export interface OptionKind<T> {
  /** The value's placeholder in `--help`; switches have none. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** @throws InvalidArgumentError that says which values are valid */
  readonly parse?: (text: string, before: T | undefined) => T;
  /** The value as texts: the option is written once for each. */
  readonly write: (value: T) => string[];
}

/** The same kind with another placeholder in `--help`, such as `<dir>` instead of `<text>`. */
export const called = <T>(placeholder: string, kind: OptionKind<T>): OptionKind<T> => ({
  ...kind,
  placeholder,
});

/** Refuses an empty value: an unset variable of a shell or of a compose file becomes one. */
function notEmpty(given: string): string {
  if (given.trim() === '') throw new InvalidArgumentError('it is empty: give it, or leave the option out.');
  return given;
}

export const text: OptionKind<string> = {
  placeholder: 'text',
  parse: notEmpty,
  write: (value) => [value],
};

export const texts: OptionKind<readonly string[]> = {
  placeholder: 'text',
  parse: (given, before = []) => [...before, given],
  write: (values) => [...values],
};

/** Names as in the Host header. */
export const hostNames: OptionKind<readonly string[]> = {
  ...texts,
  placeholder: 'name',
  parse(given, before = []) {
    const name = hostNameOf(given);
    if (name === undefined)
      throw new InvalidArgumentError('give a name such as mcp.example.com, without a scheme or a path.');
    return [...before, name];
  },
};

/** Origins as in the Origin header. */
export const origins: OptionKind<readonly string[]> = {
  ...texts,
  placeholder: 'origin',
  parse(given, before = []) {
    const origin = originOf(given);
    if (origin === undefined)
      throw new InvalidArgumentError('give an origin such as https://app.example, without a path.');
    return [...before, origin];
  },
};

/** Headers of HTTP, as they stand in a request. */
export const headers: OptionKind<Readonly<Record<string, string>>> = {
  placeholder: 'header',
  parse(given, before = {}) {
    const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(given) ?? [];
    if (!name) throw new InvalidArgumentError("give a header such as 'X-Team: shop'.");
    return { ...before, [name]: value };
  },
  write: (values) => Object.entries(values).map(([name, value]) => `${name}: ${value}`),
};

/** A switch that is on if given. */
export const flag: OptionKind<boolean> = { write: (value) => (value ? [''] : []) };

/** On, unless given: the switch is `--no-…`. */
export const on: OptionKind<boolean> = { write: (value) => (value ? [] : ['']) };

/** A switch with three states: given, given as `--no-…`, or left out. */
export const onOrOff: OptionKind<boolean> = { write: () => [''] };

export const oneOf = <T extends string>(placeholder: string, choices: readonly T[]): OptionKind<T> => ({
  placeholder,
  choices,
  write: (value) => [value],
});

/** As {@link oneOf}, repeatable. */
export const manyOf = (placeholder: string, choices: readonly string[]): OptionKind<readonly string[]> => ({
  placeholder,
  parse(given, before = []) {
    if (!choices.includes(given)) throw new InvalidArgumentError(`give one of ${choices.join(', ')}.`);
    return [...before, given];
  },
  write: (values) => [...values],
});

export const httpUrl: OptionKind<string> = {
  placeholder: 'url',
  parse(given) {
    if (!isHttpUrl(given)) throw new InvalidArgumentError('give a URL such as https://mcp.example.com/mcp.');
    return given;
  },
  write: (value) => [value],
};

export const httpUrls: OptionKind<readonly string[]> = {
  placeholder: 'url',
  parse: (given, before = []) => [...before, httpUrl.parse?.(given, undefined) ?? given],
  write: (values) => [...values],
};

/** Each may be several, separated by blanks, as in a token. */
export const scopes: OptionKind<readonly string[]> = {
  placeholder: 'scope',
  parse: (given, before = []) => [...before, ...scopesIn(given, / +/)],
  write: (values) => [...values],
};

export const impliedScopes: OptionKind<ImpliedScopes> = {
  placeholder: 'scope=scopes',
  parse(given, before = {}) {
    const [broader = '', narrower = ''] = given.split(/=(.*)/s);
    const [scope = ''] = scopesIn(broader, / +/);
    return { ...before, [scope]: [...(before[scope] ?? []), ...scopesIn(narrower, /[ ,]+/)] };
  },
  write: (implied) => Object.entries(implied).map(([scope, narrower]) => `${scope}=${narrower.join(',')}`),
};

function scopesIn(given: string, between: RegExp): string[] {
  const scopes = given.trim().split(between);
  if (!scopes.every(isScope))
    throw new InvalidArgumentError('give a scope, without blanks or quotation marks.');
  return scopes;
}

export const host: OptionKind<string> = {
  placeholder: 'host',
  parse: (given) => withoutBrackets(notEmpty(given)),
  write: (value) => [value],
};

export const port: OptionKind<number> = {
  placeholder: 'n',
  parse(given) {
    const value = Number(notEmpty(given));
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      throw new InvalidArgumentError('give a port from 0 to 65535.');
    return value;
  },
  write: (value) => [String(value)],
};

export const count: OptionKind<number> = {
  placeholder: 'n',
  parse(given) {
    const value = Number(given);
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a number from 1.');
    return value;
  },
  write: (value) => [String(value)],
};

/** Written with a unit, received in milliseconds. */
export const duration: OptionKind<number> = {
  placeholder: 'time',
  parse: parseDuration,
  write: (value) => [`${value}ms`],
};

function parseDuration(given: string): number {
  const value = milliseconds(given);
  if (!value) throw new InvalidArgumentError("give a time such as '30m' or '24h'.");
  return value;
}

/** A duration for one of Node's timers, which have a maximum. */
export const shortDuration: OptionKind<number> = {
  ...duration,
  parse(given) {
    const value = parseDuration(given);
    if (value > LONGEST_TIMER_MS) throw new InvalidArgumentError('give a time of 24 days at most.');
    return value;
  },
};

export const hopsOrAddresses: OptionKind<number | string> = {
  placeholder: 'what',
  parse(given) {
    if (/^\d+$/.test(given)) return Number(given);
    const isAddress = (part: string) =>
      ['loopback', 'linklocal', 'uniquelocal'].includes(part) || isIP(part.replace(/\/\d+$/, '')) > 0;
    if (given.split(',').every((part) => isAddress(part.trim()))) return given;
    throw new InvalidArgumentError('give the number of proxies, or their addresses, separated by commas.');
  },
  write: (value) => [String(value)],
};
