/**
 * `durable-mcp/testing`. `callTool` tests a handler in memory, and runs it again after every wait: the way to
 * test a handler.
 *
 * The other exports test with real processes that an app survives faults. Nodes, workers and Temporal are
 * started, stopped, killed and frozen; handlers write their actions into a ledger, a file outside of the
 * processes; a client keeps every event it receives, with its id.
 *
 * @example
 * const cluster = await Cluster.start({ app: 'app.ts' });
 * const client = await new BareClient(cluster.url).open();
 * const stream = await client.call(1, 'checkout', { cart: 'a' });
 * await until(() => cluster.ledger.find('charging')); // the handler: note('charging'); await gate('charge');
 * await cluster.killWhoDid('charging');
 * cluster.ledger.open('charge');
 * await stream.ended();
 * expect(cluster.ledger.count('charging')).toBe(1);
 * await cluster.stop();
 *
 * @module durable-mcp/testing
 */
export { HandlerDiffers, callTool, type CallToolOptions, type CalledTool } from './callTool';
export { BareClient, Recorded, connect, textOf, type Connected, type SseEvent } from './client';
export { Cluster, type ClusterOptions } from './cluster';
export { runCommand, spawnCommand, startCommand, until, type RunningCommand } from './command';
export { Ledger, gate, isOpen, note, type Entry } from './ledger';
export { waitUntilIdle, type HistoryEvent, type Written } from './waitUntilIdle';
export { startProxy, type Proxy, type ProxyOptions } from './proxy';
export { TestTemporal } from './temporal';
