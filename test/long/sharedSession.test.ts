/**
 * Two client processes share a session: their requests have ids of their own, one of them listens to the
 * session, and what the server asks is answered once, also when the listening process was frozen meanwhile.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Cluster, until } from 'durable-mcp/testing';
import { startRecordingProxy, type Recorded, type RecordingProxy } from '../fixtures/recordingProxy';
import { NO_REDIS, redisServer, startRedis, type RunningRedis } from '../fixtures/redis';
import { ROOT } from '../fixtures/root';
import type { Sharing } from '../fixtures/sharingProcess';
import type { Kind } from '../fixtures/stores';

const CALLS_OF_EACH = 1_000;

class Process {
  private output = '';
  private readonly exited: Promise<unknown>;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.exited = once(child, 'exit');
    child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  order(what: string): void {
    this.child.stdin.write(`${what}\n`);
  }

  /** Resolves with the rest of the line that begins so. */
  async says(beginning: string): Promise<string> {
    return until(() => {
      const line = this.output.split('\n').find((one) => one.startsWith(beginning));
      if (line !== undefined) return line.slice(beginning.length).trim() || 'nothing more';
      if (this.child.exitCode !== null) throw new Error(`It ended: ${this.output}`);
      return undefined;
    }, 80_000);
  }

  get said(): string {
    return this.output;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

let cluster: Cluster;
let redis: RunningRedis | undefined;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-shared-'));
  redis = redisServer ? await startRedis() : undefined;
  cluster = await Cluster.start({ app: path.join(ROOT, 'test/fixtures/sharedSessionApp.ts'), workers: 1 });
});
afterAll(async () => {
  await cluster.stop();
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

let proxy: RecordingProxy;
const processes: Process[] = [];
beforeEach(async () => {
  proxy = await startRecordingProxy(cluster.url);
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
  await proxy.close();
});

async function start(name: string, store: Kind): Promise<Process> {
  const places = { folder: path.join(folder, store), redis: redis?.url ?? '', temporal: '', taskQueue: '' };
  const sharing: Sharing = { name, url: proxy.url, store, places, calls: CALLS_OF_EACH };
  const file = path.join(ROOT, 'test/fixtures/sharingProcess.ts');
  const args = ['--import', 'tsx', file, JSON.stringify(sharing)];
  const started = new Process(spawn(process.execPath, args, { cwd: ROOT }));
  processes.push(started);
  await started.says('connected');
  return started;
}

const ofMethod = (method: string): Recorded[] =>
  proxy.requests.filter(({ message }) => message.method === method);

/** Which process asked for the session's own stream, in order. The streams of calls are resumed by GET too. */
function listeners(): string[] {
  const ofCalls = new Set(
    proxy.requests.filter(({ method }) => method === 'POST').flatMap(({ eventIds }) => eventIds),
  );
  return proxy.requests
    .filter(({ method }) => method === 'GET')
    .filter(({ lastEventId, eventIds }) => {
      const isOfCall = lastEventId !== undefined && ofCalls.has(lastEventId);
      if (isOfCall) eventIds.forEach((id) => ofCalls.add(id));
      return !isOfCall;
    })
    .map(({ by }) => by);
}

const isThere = (store: Kind): boolean => {
  if (store === 'file' || redis) return true;
  console.warn(NO_REDIS);
  return false;
};

describe.each<Kind>(['redis with ioredis', 'file'])('in a store of the kind %s', (store) => {
  test('2,000 calls have 2,000 ids, each its own answer, and one process listens', async () => {
    if (!isThere(store)) return;
    const first = await start('first', store);
    await until(() => listeners().length > 0);
    const second = await start('second', store);
    first.order('calls');
    second.order('calls');
    const outcomes = await Promise.all([first.says('called'), second.says('called')]);
    expect(outcomes).toEqual([`${CALLS_OF_EACH}, wrong 0`, `${CALLS_OF_EACH}, wrong 0`]);
    const calls = ofMethod('tools/call');
    expect(new Set(calls.map(({ message }) => message.id)).size).toBe(calls.length);
    expect(calls).toHaveLength(2 * CALLS_OF_EACH);
    expect(ofMethod('initialize')).toHaveLength(1);
    expect(new Set(listeners())).toEqual(new Set(['first']));
  }, 180_000);

  test('a process that was frozen beyond its lease gives no second answer', async () => {
    if (!isThere(store)) return;
    const owner = await start('owner', store);
    await until(() => listeners().includes('owner'));
    const other = await start('other', store);
    owner.order('ask');
    await owner.says('asked');
    owner.signal('SIGSTOP');

    await other.says('asked');
    await until(() => listeners().includes('other'));
    other.order('answer');
    other.order('recover');
    expect(await other.says('recovered')).toBe('answered by other');

    owner.order('answer');
    owner.signal('SIGCONT');
    // Its own stream may have brought the answer; what it may not have is another one.
    expect(['LeaseLost', 'answered by other']).toContain(await owner.says('outcome'));
    owner.order('calls');
    expect(await owner.says('called')).toBe(`${CALLS_OF_EACH}, wrong 0`);

    const answers = proxy.requests.filter(
      ({ message }) => message.result !== undefined && message.id !== undefined,
    );
    const asking = answers.filter(({ message }) => JSON.stringify(message.result).includes('"action"'));
    expect(asking.map(({ by }) => by)).toEqual(['other']);
    const turns = listeners().filter((by, i, all) => by !== all[i - 1]);
    expect(turns).toEqual(['owner', 'other']);
  }, 180_000);
});
