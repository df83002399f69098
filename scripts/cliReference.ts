/**
 * Generates docs/reference/cli.md from the table of commands and options. `npm run docs:cli` writes the page;
 * with `--check`, the script fails if the page is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { longFlag, type CommandSpec } from '../src/cli/command';
import { COMMANDS, GROUPS } from '../src/cli/commands';
import { onOrOff } from '../src/cli/optionKinds';
import type { OptionSpec } from '../src/cli/optionSpec';
import { CONNECTION, OPTIONS, type OptionName } from '../src/cli/options';

const FILE = path.join(__dirname, '../docs/reference/cli.md');

/** The current text of the page. */
async function cliReference(): Promise<string> {
  const page = [
    '# Command line',
    '',
    '<!-- Written by `npm run docs:cli` from src/cli/options.ts and src/cli/commands.ts. -->',
    '',
    'An option takes precedence over its variable, and a variable over a [profile](#connection). An empty variable counts as none.',
    `\`durable-mcp --version\` prints the version, \`durable-mcp COMMAND --help\` what is on this page.`,
    '',
    ...COMMANDS.flatMap(sectionOf),
    '## Connection',
    '',
    'Of every command that speaks to Temporal. The variables and the file are those of Temporal’s own command line and SDKs; certificates can also be given as',
    'text (`TEMPORAL_TLS_CLIENT_CERT_DATA`, `TEMPORAL_TLS_CLIENT_KEY_DATA`, `TEMPORAL_TLS_SERVER_CA_CERT_DATA`), and headers as `TEMPORAL_GRPC_META_NAME`.',
    'For Temporal Cloud: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, and `TEMPORAL_API_KEY` or a client certificate.',
    '',
    ...tableOf(CONNECTION),
    '',
  ].join('\n');
  return format(page, { ...(await resolveConfig(FILE)), parser: 'markdown' });
}

function sectionOf({ name, description, args, options, notes }: CommandSpec): string[] {
  const own = options.filter((option) => !isOfConnection(option) && !specOf(option).hidden);
  const usage = [
    'durable-mcp',
    name,
    ...args.map((arg) => arg.name),
    ...(options.length > 0 ? ['[options]'] : []),
  ];
  const group = GROUPS.find((one) => name.startsWith(`${one.name} `));
  return [
    `## ${name}`,
    '',
    sentence(group ? `${description} (${group.name}: ${group.description})` : description),
    '',
    '```sh',
    usage.join(' '),
    '```',
    '',
    ...args.map((arg) => `- \`${arg.name}\`: ${escaped(arg.description)}`),
    '',
    ...tableOf(own),
    '',
    ...(options.some(isOfConnection) ? ['And the options of the [connection](#connection).', ''] : []),
    ...(notes ? [notes, ''] : []),
  ];
}

function tableOf(names: readonly OptionName[]): string[] {
  if (names.length === 0) return [];
  return ['| option | what it says | default | variable |', '| --- | --- | --- | --- |', ...names.map(rowOf)];
}

function rowOf(name: OptionName): string {
  const spec = specOf(name);
  const { kind, description, env, required } = spec;
  const flag = kind === onOrOff ? longFlag(name).replace('--', '--[no-]') : longFlag(name);
  const option = kind.placeholder === undefined ? flag : `${flag} <${kind.placeholder}>`;
  const choices = kind.choices ? `: ${kind.choices.map(code).join(' or ')}` : '';
  const cells = [
    code(option),
    description + choices,
    required ? 'required' : defaultOf(spec),
    env ? code(env) : '',
  ];
  return `| ${cells.map(escaped).join(' | ')} |`;
}

function defaultOf({ default: value, defaultText }: OptionSpec<unknown>): string {
  if (defaultText !== undefined) return code(defaultText);
  const isNone = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
  return isNone ? '' : code(String(value));
}

const isOfConnection = (name: OptionName): boolean => (CONNECTION as readonly OptionName[]).includes(name);
const specOf = (name: OptionName) => OPTIONS[name] as OptionSpec<unknown>;
const code = (text: string) => `\`${text}\``;
const escaped = (text: string) => text.replaceAll('|', '\\|').replace(/(?<!`[^`]*)\*/g, '\\*');
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

async function main(): Promise<void> {
  const page = await cliReference();
  if (!process.argv.includes('--check')) return writeFile(FILE, page);
  if ((await readFile(FILE, 'utf8')) !== page) process.exitCode = 1;
}

void main();
