/**
 * Checks docker-compose.yml without a container engine: its references resolve, it has the parts of the
 * production topology, and the CLI understands its commands. Each check is also run on a file that it must
 * refuse.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ms from 'ms';
import { parse } from 'yaml';

const ROOT = path.join(__dirname, '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const COMPOSE_FILE = read('docker-compose.yml');
const NGINX_CONF = read('deploy/nginx.conf');

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  configs?: { source: string; target: string }[];
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  profiles?: string[];
}

interface ComposeFile {
  services: Record<string, Service>;
  volumes?: Record<string, unknown>;
  configs?: Record<string, unknown>;
}

/** Parses the file as Docker Compose does, with `<<` merge keys. */
const load = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile;

/** The compose keys that the file uses. Another key is probably a typo; if not, add it here. */
const TOP_LEVEL_KEYS = ['name', 'services', 'volumes', 'configs'];
const SERVICE_KEYS = [
  ...[
    'image',
    'build',
    'entrypoint',
    'command',
    'environment',
    'configs',
    'volumes',
    'ports',
    'depends_on',
    'healthcheck',
  ],
  ...['init', 'restart', 'stop_grace_period', 'stop_signal', 'profiles'],
];
const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'];

function structureProblems(file: ComposeFile): string[] {
  const problems: string[] = [];
  for (const key of Object.keys(file)) {
    if (!TOP_LEVEL_KEYS.includes(key) && !key.startsWith('x-'))
      problems.push(`the file has the unknown key ${key}`);
  }
  for (const [name, service] of Object.entries(file.services)) {
    for (const key of Object.keys(service)) {
      if (!SERVICE_KEYS.includes(key)) problems.push(`${name} has the unknown key ${key}`);
    }
    if ((service.image === undefined) === (service.build === undefined))
      problems.push(`${name} needs an image or a build`);
    if (service.image !== undefined && !/:[^:/]*\d/.test(service.image))
      problems.push(`${name} pins no version of its image`);
  }
  return problems;
}

function referenceProblems({ services, volumes = {}, configs = {} }: ComposeFile): string[] {
  const problems: string[] = [];
  for (const [name, service] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const needed = services[other];
      if (!needed) problems.push(`${name} depends on ${other}, which is not there`);
      else if (!CONDITIONS.includes(condition))
        problems.push(`${name} has the unknown condition ${condition}`);
      else if (condition === 'service_healthy' && !needed.healthcheck)
        problems.push(`${other} has no health check for ${name}`);
    }
    for (const source of (service.volumes ?? []).map((mount) => mount.split(':')[0] ?? '')) {
      const known = source.startsWith('.') ? existsSync(path.join(ROOT, source)) : source in volumes;
      if (!known) problems.push(`${name} mounts ${source}, which is not there`);
    }
    for (const { source } of service.configs ?? []) {
      if (!(source in configs)) problems.push(`${name} uses the config ${source}, which is not there`);
    }
  }
  return problems;
}

const helpOf = (role: string): string =>
  execFileSync(path.join(ROOT, 'bin/durable-mcp'), [role, '--help'], { cwd: ROOT, encoding: 'utf8' });

/** Checks a command of the form `[role, app, --option, value, --switch, …]`. */
function commandProblems(command: string[], services: ComposeFile['services'], help: string): string[] {
  const problems: string[] = [];
  const [, app = '', ...options] = command;
  if (!existsSync(path.join(ROOT, app))) problems.push(`the app ${app} is not there`);
  const known = [...help.matchAll(/^\s+(?:-\w, )?(--[a-z-]+) </gm)].map((match) => match[1]);
  const switches = [...help.matchAll(/^\s+(--[a-z-]+) {2,}/gm)].map((match) => match[1]);
  const valued = options.filter((option) => !switches.includes(option));
  for (let i = 0; i < valued.length; i += 2) {
    const [option = '', value] = valued.slice(i, i + 2);
    if (!known.includes(option)) problems.push(`the command has no option ${option} with a value`);
    else if (value === undefined) problems.push(`${option} has no value`);
    else if (option === '--temporal' && !((value.split(':')[0] ?? '') in services))
      problems.push(`no service serves ${value}`);
  }
  return problems;
}

/** The `host:port` of each server in the upstream that `proxy_pass` names. */
function upstreamsOf(conf: string): string[] {
  const code = conf.replace(/#.*$/gm, '');
  const name = /proxy_pass\s+http:\/\/([\w-]+);/.exec(code)?.[1] ?? '';
  const block = new RegExp(`upstream\\s+${name}\\s*\\{([^}]*)\\}`).exec(code)?.[1] ?? '';
  return [...block.matchAll(/\bserver\s+([\w.-]+:\d+)/g)].map((match) => match[1] ?? '');
}

const file = load(COMPOSE_FILE);
const servicesWhere = (holds: (service: Service) => boolean) =>
  Object.entries(file.services).filter(([, service]) => holds(service));
const withImage = (image: string) =>
  servicesWhere((service) => service.image?.startsWith(`${image}:`) ?? false);
const withRole = (role: string) =>
  servicesWhere(({ build, command, profiles }) => build !== undefined && command?.[0] === role && !profiles);
const withProfile = (profile: string) =>
  servicesWhere(({ profiles }) => profiles?.includes(profile) ?? false);
const optionOf = (service: Service, option: string) => service.command?.[service.command.indexOf(option) + 1];

describe('docker-compose.yml', () => {
  it('is a compose file with pinned images', () => {
    expect(structureProblems(file)).toEqual([]);
  });

  it('refers only to services, volumes, configs and files that are there', () => {
    expect(referenceProblems(file)).toEqual([]);
  });

  it('has two nodes, two workers, one balancer, and a Temporal with its database, schema, namespace and UI', () => {
    expect(withRole('http')).toHaveLength(2);
    expect(withRole('worker')).toHaveLength(2);
    expect(withImage('nginx')).toHaveLength(1);
    expect(withImage('temporalio/server')).toHaveLength(1);
    expect(withImage('temporalio/ui')).toHaveLength(1);
    expect(withImage('postgres')).toHaveLength(1);
    const jobs = withImage('temporalio/admin-tools').map(([, { command }]) => command?.join() ?? '');
    expect(jobs.filter((job) => job.includes('update-schema'))).toHaveLength(1);
    expect(jobs.filter((job) => job.includes('operator namespace create'))).toHaveLength(1);
    expect(jobs).toHaveLength(2);
    expect(withProfile('auth').map(([, { command }]) => command?.[0])).toEqual(['http', 'worker']);
    expect(Object.keys(file.services)).toHaveLength(12);
  });

  it('sets the schema up with tools of the server’s version', () => {
    const versions = [...withImage('temporalio/server'), ...withImage('temporalio/admin-tools')].map(
      ([, { image }]) => image?.split(':')[1],
    );
    expect(new Set(versions).size).toBe(1);
  });

  it.each(['http', 'worker'])('starts `%s` with options that it has', (role) => {
    const help = helpOf(role);
    for (const [, { command = [] }] of [...withRole(role), ...withProfile('auth')].filter(
      ([, { command }]) => command?.[0] === role,
    ))
      expect(commandProblems(command, file.services, help)).toEqual([]);
  });

  it('gives workers longer to stop than the 10 s that they give their calls', () => {
    for (const [, service] of withRole('worker')) {
      expect(ms((service.stop_grace_period ?? '0') as ms.StringValue)).toBeGreaterThan(10_000);
    }
  });

  it('checks the health of each node at its own port', () => {
    for (const [, service] of withRole('http')) {
      expect(service.healthcheck?.test.join(' ')).toContain(`:${optionOf(service, '--port')}/health`);
    }
  });

  it('balances over exactly its nodes', () => {
    const nodes = withRole('http').map(([name, service]) => `${name}:${optionOf(service, '--port')}`);
    expect(upstreamsOf(NGINX_CONF).sort()).toEqual(nodes.sort());
    const [[, balancer] = ['', {} as Service]] = withImage('nginx');
    expect(balancer.volumes).toContainEqual(expect.stringMatching(/^\.\/deploy\/nginx\.conf:/));
    expect(NGINX_CONF).toMatch(/^\s*proxy_buffering off;/m);
    expect(NGINX_CONF).toMatch(/^\s*proxy_next_upstream error timeout non_idempotent;/m);
  });
});

describe('the checks refuse', () => {
  const broken = (from: string, to: string): ComposeFile => {
    expect(COMPOSE_FILE).toContain(from);
    return load(COMPOSE_FILE.replace(from, to));
  };

  it.each([
    ['a slip in a key', 'healthcheck:', 'healthchek:', 'node-1 has the unknown key healthchek'],
    [
      'an image without a version',
      'postgres:15.18',
      'postgres:latest',
      'postgresql pins no version of its image',
    ],
    ['a service without an image', '  build: .\n', '', 'worker-1 needs an image or a build'],
  ])('%s', (_what, from, to, problem) => {
    expect(structureProblems(broken(from, to))).toContain(problem);
  });

  it.each([
    [
      'a missing service',
      '\n  temporal-namespace:',
      '\n  another:',
      'node-1 depends on temporal-namespace, which is not there',
    ],
    ['a missing volume', '\n  shop-data:\n', '\n', 'worker-2 mounts shop-data, which is not there'],
    [
      'a missing config',
      'source: temporal-',
      'source: ',
      'temporal uses the config dynamic-config, which is not there',
    ],
    ['a missing file', './deploy/', './gone/', 'balancer mounts ./gone/nginx.conf, which is not there'],
    ['a health nobody checks', 'healthcheck:', 'x-none:', 'node-2 has no health check for balancer'],
  ])('%s', (_what, from, to, problem) => {
    expect(referenceProblems(broken(from, to))).toContain(problem);
  });

  it('a command line that the CLI does not understand', () => {
    const problemsOf = (...command: string[]) => commandProblems(command, file.services, helpOf('worker'));
    expect(problemsOf('worker', 'examples/shop/server.ts', '--port', '3000')).toEqual([
      'the command has no option --port with a value',
    ]);
    expect(problemsOf('worker', 'examples/gone.ts')).toEqual(['the app examples/gone.ts is not there']);
    expect(problemsOf('worker', 'examples/shop/server.ts', '--temporal', 'elsewhere:7233')).toEqual([
      'no service serves elsewhere:7233',
    ]);
  });

  it('YAML that is none', () => {
    expect(() => load(COMPOSE_FILE.replace('services:', 'services: ]'))).toThrow();
  });

  it('a node that the balancer leaves out', () => {
    expect(upstreamsOf(NGINX_CONF.replace('server node-2:', '# server node-2:'))).toEqual(['node-1:3000']);
  });
});
