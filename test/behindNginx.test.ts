/** Nodes behind a real nginx with deploy/nginx.conf, the balancer that docs/deployment.md describes. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { BareClient, type Cluster, textOf, until } from 'durable-mcp/testing';
import { NO_NGINX, nginx, startNginx, type RunningNginx } from './fixtures/nginx';
import { startCluster } from './fixtures/startCluster';

if (!nginx) console.warn(NO_NGINX);

(nginx ? describe : describe.skip)('behind a real nginx', () => {
  let cluster: Cluster;
  let balancer: RunningNginx;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, workers: 1, nodeArgs: ['--trust-proxy', '1'] });
    balancer = await startNginx(cluster.nodes.map(({ ready }) => ready));
  });
  afterAll(async () => {
    await balancer.stop();
    await cluster.stop();
  });

  test('what a call says comes at once, not when it has ended', async () => {
    const client = await new BareClient(balancer.url).open();
    const stream = await client.call(1, 'count', { to: 3, pauseAt: 2 });
    await until(() => stream.messages.length >= 4); // two progress and two log messages
    expect(stream.closed).toBe(false);
    cluster.ledger.open('count');
    await stream.ended();
    expect(stream.text).toBe('counted to 3');
  });

  test('the official client gets its answer though each node is killed in turn, and goes on in its session', async () => {
    const client = new Client({ name: 'test', version: '1.0.0' });
    // More tries than the client's own two: a busy machine starts a node more slowly than these last.
    const reconnectionOptions = {
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 1_500,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 20,
    };
    await client.connect(new StreamableHTTPClientTransport(new URL(balancer.url), { reconnectionOptions }));
    let primed = false; // a client that has had no event yet cannot come back
    const onresumptiontoken = () => (primed = true);
    const answer = client.callTool({ name: 'gated', arguments: { name: 'turns' } }, undefined, {
      onresumptiontoken,
    });
    await until(() => primed && cluster.ledger.find('turns started'));
    for (const node of [...cluster.nodes]) {
      await node.kill();
      const back = await cluster.startNode(new URL(node.ready).port);
      expect(back.ready).toBe(node.ready);
    }
    cluster.ledger.open('turns');
    expect(textOf(await answer)).toBe('turns done');
    const again = await client.callTool({ name: 'echo', arguments: { value: 'again' } });
    expect(textOf(again)).toBe('again');
    await client.close();
  });

  test('a message that is too large is refused by the node, as JSON', async () => {
    const client = await new BareClient(balancer.url).open();
    const response = await client.post(client.callMessage(1, 'echo', { value: 'x'.repeat(1_100_000) }));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
  });
});
