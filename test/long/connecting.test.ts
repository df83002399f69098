/**
 * Nodes, workers and commands reach a Temporal with TLS, mutual TLS or an API key alike, configured by flags,
 * variables or profiles.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BareClient, runCommand, startCommand, until, type RunningCommand } from 'durable-mcp/testing';
import { connect } from '../../src/temporal/connect';
import { resolveConnection } from '../../src/temporal/configuration';
import type { ConnectionSettings } from '../../src/temporal/connectionSettings';
import { makeCertificates, type Certificates, type Pair } from '../fixtures/certificates';
import { startGate, type Gate } from '../fixtures/gate';
import { startTlsFrontend, type TlsFrontend } from '../fixtures/tlsFrontend';

const TEMPORAL = process.env.TEST_TEMPORAL!;
const KEY = 'key-of-a-test';
const APP = 'test/fixtures/app.ts';

let certificates: Certificates;
let tls: TlsFrontend;
let mutual: TlsFrontend;
let gate: Gate;
let folder: string;

beforeAll(async () => {
  certificates = await makeCertificates();
  tls = await startTlsFrontend(TEMPORAL, certificates);
  mutual = await startTlsFrontend(TEMPORAL, certificates, true);
  gate = await startGate(TEMPORAL);
  gate.demand(KEY);
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-connecting-'));
});
afterAll(async () => {
  await Promise.all([tls.close(), mutual.close(), gate.close()]);
  await certificates.remove();
  await rm(folder, { recursive: true });
});

const list = (args: string[], env: NodeJS.ProcessEnv = {}) => runCommand(['sessions', 'list', ...args], env);

async function expectConnected(args: string[], env?: NodeJS.ProcessEnv): Promise<void> {
  expect(await list(args, env)).toMatchObject({ code: 0 });
}

/** Connects as every command does, but gives up after 2 s, and expects an error with `sentence`. */
async function expectRefused(settings: ConnectionSettings, sentence: RegExp): Promise<void> {
  await expect(connect(resolveConnection(settings), 2_000)).rejects.toThrow(sentence);
}

async function expectSentence(args: string[], sentence: RegExp): Promise<void> {
  const { code, output } = await list(args);
  expect(output).toMatch(sentence);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
}

/** Starts a node and a worker with `args`, and expects that they answer a call. */
async function expectServing(args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const running: RunningCommand[] = [];
  const queue = ['--task-queue', `connecting-${randomUUID()}`];
  try {
    running.push(await startCommand(['worker', APP, ...queue, ...args], env));
    running.push(await startCommand(['http', APP, '--port', '0', ...queue, ...args], env));
    const client = await new BareClient(running[1]!.ready).open();
    const stream = await client.call(1, 'echo', { value: 'through' });
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain('through');
  } finally {
    await Promise.all(running.map((command) => command.stop()));
  }
}

describe('TLS', () => {
  const at = () => ({ address: `localhost:${tls.port}` });
  const flags = () => ['--temporal', `localhost:${tls.port}`, '--tls-ca-path', certificates.ca];

  test('a node and a worker serve by flags', () => expectServing(flags()));

  test('by variables', () =>
    expectConnected([], {
      TEMPORAL_ADDRESS: `localhost:${tls.port}`,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.ca,
    }));

  test('by a name that is not the address', () =>
    expectConnected([
      ...['--temporal', `127.0.0.1:${tls.port}`],
      ...['--tls-ca-path', certificates.ca, '--tls-server-name', 'temporal.test'],
    ]));

  test('the wrong authority', () =>
    expectSentence(
      ['--temporal', `localhost:${tls.port}`, '--tls-ca-path', certificates.otherCa],
      /^durable-mcp: Temporal at localhost:\d+ has a certificate that is not trusted \(.*\); give --tls-ca-path/,
    ));

  test('none given, where the server speaks TLS', () =>
    expectRefused(at(), /^Temporal at localhost:\d+ speaks TLS, which is off; give --tls/));

  test('given, where the server does not speak TLS', () =>
    expectRefused(
      { address: TEMPORAL.replace('127.0.0.1', 'localhost'), tls: true },
      /does not speak TLS, which is on; give --no-tls/,
    ));

  test('a name that is not in the certificate', () =>
    expectRefused(
      { ...at(), tlsCaPath: certificates.ca, tlsServerName: 'other.test' },
      /has a certificate for another name/,
    ));

  test('a file that is not there', () =>
    expectSentence(
      ['--tls-ca-path', '/no/such.pem'],
      /^durable-mcp: The settings for Temporal's connection cannot be used: .*\/no\/such\.pem/,
    ));
});

describe('mutual TLS', () => {
  const at = () => ({ address: `localhost:${mutual.port}`, tlsCaPath: certificates.ca });
  const withPair = ({ cert, key }: Pair) => ({ tlsCertPath: cert, tlsKeyPath: key });

  test('a node and a worker serve by variables', () =>
    expectServing([], {
      TEMPORAL_ADDRESS: `localhost:${mutual.port}`,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.key,
    }));

  test('by flags', () =>
    expectConnected([
      ...['--temporal', `localhost:${mutual.port}`, '--tls-ca-path', certificates.ca],
      ...['--tls-cert-path', certificates.client.cert, '--tls-key-path', certificates.client.key],
    ]));

  test('no client certificate', () =>
    expectRefused(at(), /asks for a client certificate, and none was given \(.*\); give --tls-cert-path/));

  test('one of another authority', () =>
    expectRefused(
      { ...at(), ...withPair(certificates.strangersClient) },
      /refuses the client certificate \(.*\); give --tls-cert-path/,
    ));

  test('a certificate without its key', () => {
    const settings = { ...at(), tlsCertPath: certificates.client.cert };
    expect(() => resolveConnection(settings)).toThrow(
      /a client certificate and its private key come together/,
    );
  });
});

describe('an API key', () => {
  const flags = () => ['--temporal', gate.address, '--no-tls'];

  test('a node and a worker serve by the variable', () => expectServing(flags(), { TEMPORAL_API_KEY: KEY }));

  test('by the flag', () => expectConnected([...flags(), '--api-key', KEY]));

  test('a wrong one', () =>
    expectSentence(
      [...flags(), '--api-key', 'other'],
      /^durable-mcp: Temporal at \S+ refuses these credentials \(Request unauthorized\.\); check the API key/,
    ));

  test('it turns TLS on', () =>
    expectRefused(
      { address: gate.address.replace('127.0.0.1', 'localhost'), apiKey: KEY },
      /does not speak TLS, which is on/,
    ));
});

describe('a profile', () => {
  let file: string;
  beforeAll(async () => {
    file = path.join(folder, 'temporal.toml');
    await writeFile(
      file,
      `[profile.mutual]
address = "localhost:${mutual.port}"
[profile.mutual.tls]
server_ca_cert_path = "${certificates.ca}"
client_cert_path = "${certificates.client.cert}"
client_key_path = "${certificates.client.key}"

[profile.default]
address = "${gate.address}"
api_key = "${KEY}"
[profile.default.tls]
disabled = true
`,
    );
  });

  test('by flags and by variables', async () => {
    await expectConnected(['--config-file', file, '--profile', 'mutual']);
    await expectConnected([], { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'mutual' });
  });

  test('the default one, when none is named', () => expectConnected(['--config-file', file]));

  test('a flag overrides what it says', () =>
    expectSentence(['--config-file', file, '--api-key', 'other'], /refuses these credentials/));

  test('one that is not there', () =>
    expectSentence(['--config-file', file, '--profile', 'none'], /Profile 'none' not found/));

  test('a file that is not there', () =>
    expectSentence(['--config-file', '/no/such.toml'], /\/no\/such\.toml/));

  test('dev uses the server of a profile that is named, and no other', async () => {
    const args = ['dev', APP, '--port', '0', '--task-queue', `connecting-${randomUUID()}`];
    const data = path.join(folder, 'unused');
    const command = await startCommand([
      ...args,
      '--data',
      data,
      '--config-file',
      file,
      '--profile',
      'mutual',
    ]);
    try {
      const client = await new BareClient(command.ready).open();
      const stream = await client.call(1, 'echo', { value: 'dev' });
      await stream.ended();
      expect(JSON.stringify(stream.messages)).toContain('dev');
      await expect(rm(data, { recursive: true })).rejects.toThrow('ENOENT'); // ENOENT: no server has created the folder
    } finally {
      await command.stop();
    }
  });

  test('dev has its own server for the default profile', async () => {
    const data = path.join(folder, 'own');
    const command = await startCommand(['dev', APP, '--port', '0', '--data', data, '--config-file', file]);
    try {
      await new BareClient(command.ready).open();
      expect(command.output()).not.toContain(gate.address);
    } finally {
      await command.stop();
    }
  });
});

test('dev --temporal uses that server', async () => {
  const args = [
    'dev',
    APP,
    '--port',
    '0',
    '--task-queue',
    `connecting-${randomUUID()}`,
    '--temporal',
    TEMPORAL,
  ];
  const command = await startCommand(args);
  try {
    await until(() => command.output().includes(TEMPORAL));
    await new BareClient(command.ready).open();
  } finally {
    await command.stop();
  }
});
