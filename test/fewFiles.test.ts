/**
 * A node gets more connections than it may have open files: those beyond the limit are refused, with one warning.
 * Once connections have closed, new ones are accepted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, startCommand, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('280 connections to a dev that may have 256 files open', async () => {
  const args = ['dev', 'test/fixtures/app.ts', '--port', '0', '--data', path.join(folder, 'data')];
  const dev = await startCommand(args, {}, path.join(ROOT, 'test/fixtures/fewFiles.cjs'));
  const sockets: Socket[] = [];
  try {
    const { port } = new URL(dev.ready);
    for (let i = 0; i < 280; i++)
      sockets.push(connect(Number(port), '127.0.0.1').on('error', () => undefined));
    await until(() => dev.output().includes('may not open more files'));
    await until(() => sockets.filter(({ closed }) => closed).length >= 280 - 256);
    sockets.forEach((socket) => socket.destroy());
    const health = () => fetch(new URL('/health', dev.ready), { signal: AbortSignal.timeout(2_000) });
    await until(async () => (await health().catch(() => undefined))?.ok, 20_000);
    const stream = await (await new BareClient(dev.ready).open()).call(1, 'echo', { value: 'well' });
    await stream.ended();
    expect(stream.text).toBe('well');
    expect(dev.output().match(/may not open more files/g)).toHaveLength(1);
  } finally {
    sockets.forEach((socket) => socket.destroy());
    await dev.stop();
  }
});
