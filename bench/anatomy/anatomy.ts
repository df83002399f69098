/**
 * Breaks down the time of a call, by the event times in its history and by the counters of Temporal's
 * services.
 */
import path from 'node:path';
import { waitUntilIdle } from 'durable-mcp/testing';
import { workflowIdOf } from '../../src/wire/session';
import { connect } from '../../src/temporal/connect';
import { startEmbeddedTemporal } from '../../src/temporal/embedded';
import { freePort } from '../../src/temporal/freePort';
import { Metrics } from '../metrics';
import { McpSession } from '../subjects/mcpSession';
import type { ProductName } from '../subjects/names';
import { Product } from '../subjects/product';
import { momentsOf, phasesOf, type Moment, type Phase } from './moments';

const CALLS = 40;
const WARM_UP = 10;
/** Operations with fewer requests per call than this, such as polls, belong to no call. */
const RARE = 0.2;

export interface Anatomy {
  readonly title: string;
  readonly phases: Phase[];
  /** Requests to Temporal's frontend. */
  readonly requests: Count[];
  /** Operations of Temporal's store. */
  readonly stored: Count[];
}

interface Count {
  readonly operation: string;
  readonly perCall: number;
  readonly meanMs: number;
}

export async function measureAnatomy(name: ProductName, data: string): Promise<Anatomy> {
  const metricsPort = await freePort();
  const moreArgs = ['--metrics-port', String(metricsPort)];
  const where = { data: path.join(data, `anatomy-${name}`), port: 0, uiPort: 0, moreArgs };
  const temporal = await startEmbeddedTemporal(where, console.error);
  try {
    const product = await Product.start(temporal.address, name);
    console.error(`where the time goes, ${product.title} …`);
    try {
      return await dissect(product, temporal.address, metricsPort);
    } finally {
      await product.stop();
    }
  } finally {
    await temporal.stop();
  }
}

async function dissect({ title, endpoint }: Product, address: string, metricsPort: number): Promise<Anatomy> {
  const client = await connect({ address, namespace: 'default' });
  const session = await McpSession.open(endpoint.url);
  const handle = client.workflow.getHandle(workflowIdOf(session.id));
  try {
    for (let i = 0; i < WARM_UP; i++) await session.call();
    const before = await Metrics.read(metricsPort);
    for (let i = 0; i < CALLS; i++) await session.call();
    const after = await Metrics.read(metricsPort);

    // Waits for an idle workflow before each call: a call that follows another closely may share a workflow task with it.
    const calls: Moment[][] = [];
    for (let i = 0; i < CALLS; i++) {
      const { events: past } = await waitUntilIdle(handle);
      const asked = now();
      await session.call();
      const answered = now();
      calls.push(momentsOf((await waitUntilIdle(handle)).events.slice(past.length), asked, answered));
    }
    return {
      title,
      phases: phasesOf(calls),
      requests: countsOf(before, after, 'service', 'service_name="frontend"'),
      stored: countsOf(before, after, 'persistence'),
    };
  } finally {
    await session.close();
    await client.connection.close();
  }
}

/** Epoch milliseconds with fractions, which `Date.now()` lacks, to be comparable with event times. */
const now = (): number => performance.timeOrigin + performance.now();

/** The requests of each operation per call, the most frequent first, without rare operations. */
function countsOf(
  before: Metrics,
  after: Metrics,
  of: 'service' | 'persistence',
  ...labels: string[]
): Count[] {
  const growth = (metric: string) => {
    const [then, since] = [before, after].map((metrics) => metrics.sums(metric, 'operation', ...labels));
    return (operation: string) => (since?.get(operation) ?? 0) - (then?.get(operation) ?? 0);
  };
  const [requests, seconds] = [growth(`${of}_requests`), growth(`${of}_latency_sum`)];
  const operations = [...after.sums(`${of}_requests`, 'operation', ...labels).keys()];
  return operations
    .map((operation) => {
      const times = requests(operation);
      return { operation, perCall: times / CALLS, meanMs: (seconds(operation) / times) * 1_000 };
    })
    .filter(({ perCall }) => perCall >= RARE)
    .sort((a, b) => b.perCall - a.perCall);
}
