/**
 * A node that listens on a loopback address accepts this machine's host names, web pages that this machine
 * serves, and the hosts and origins that its options allow.
 */
import { request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
afterEach(() => cluster.stop());

/** Sends a POST with any Host header, which `fetch` cannot. */
const statusFor = (url: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, (res) => {
      res.resume();
      resolve(res.statusCode);
    })
      .on('error', reject)
      .end('{}');
  });

const onLinux = process.platform === 'linux' ? test.each : test.skip.each;
onLinux(['127.0.0.2', '127.1', '127.0.0.1', 'localhost'])('--host %s checks the Host', async (host) => {
  cluster = await startCluster({ nodes: 1, workers: 0, nodeArgs: ['--host', host] });
  const url = cluster.nodes[0]!.ready;
  const { port } = new URL(url);
  for (const name of [
    'evil.example',
    `evil.example:${port}`,
    '127.evil.example',
    'localhost.evil.example',
    '128.0.0.1',
    '0.0.0.0',
  ])
    expect([name, await statusFor(url, { host: name })]).toEqual([name, 403]);
  for (const name of [`${host}:${port}`, 'localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.2:80', '[::1]'])
    expect([name, await statusFor(url, { host: name })]).not.toEqual([name, 403]);
});

test('a host and an origin are allowed in each form in which they can be given', async () => {
  const hosts = ['mcp.example.com:8443', 'Bücher.example', '::2', 'UPPER.example'];
  const origins = ['https://App.example/', 'https://b.example:443', 'chrome-extension://abc/', 'null'];
  const nodeArgs = [
    ...hosts.flatMap((host) => ['--allow-host', host]),
    ...origins.flatMap((origin) => ['--allow-origin', origin]),
  ];
  cluster = await startCluster({ nodes: 1, workers: 0, nodeArgs });
  const url = cluster.nodes[0]!.ready;
  for (const host of [
    ...['mcp.example.com:8443', 'mcp.example.com', 'xn--bcher-kva.example', '[::2]:80'],
    ...['upper.example'],
  ])
    expect([host, await statusFor(url, { host })]).not.toEqual([host, 403]);
  for (const origin of ['https://app.example', 'https://b.example', 'chrome-extension://abc', 'null'])
    expect([origin, await statusFor(url, { origin })]).not.toEqual([origin, 403]);
});

test('an origin of another scheme than the web’s is no page of this machine', async () => {
  cluster = await startCluster({ nodes: 1, workers: 0 });
  const url = cluster.nodes[0]!.ready;
  const client = new BareClient(url);
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  for (const origin of [
    'chrome-extension://localhost',
    'evil://127.0.0.1',
    'file://localhost',
    'ftp://localhost',
    'ws://localhost',
    'null',
  ])
    expect([origin, (await client.post(ping, { origin })).status]).toEqual([origin, 403]);
  for (const origin of ['http://localhost:1234', 'https://127.0.0.1', 'http://[::1]:80', 'http://127.0.0.2'])
    expect([origin, (await client.post(ping, { origin })).status]).not.toEqual([origin, 403]);
});
