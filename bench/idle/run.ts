/** Measures idle sessions with a new Temporal, worker and node, then with the SDK's server. */
import path from 'node:path';
import { startEmbeddedTemporal } from '../../src/temporal/embedded';
import { freePort } from '../../src/temporal/freePort';
import { Product } from '../subjects/product';
import { Sdk } from '../subjects/sdk';
import type { Subject } from '../subjects/subject';
import { measureIdle, type Idle, type Watched } from './idle';

/** `data` holds Temporal's database. */
export async function runIdle(count: number, data: string): Promise<Idle[]> {
  return [await ofProduct(count, path.join(data, `idle-${count}`)), await of(await Sdk.start(), count)];
}

async function ofProduct(count: number, data: string): Promise<Idle> {
  const metricsPort = await freePort();
  const moreArgs = ['--metrics-port', String(metricsPort)];
  const temporal = await startEmbeddedTemporal({ data, port: 0, uiPort: 0, moreArgs }, console.error);
  try {
    const product = await Product.start(temporal.address, 'product');
    return await of(product, count, { metricsPort, pid: temporal.pid });
  } finally {
    await temporal.stop();
  }
}

async function of(subject: Subject, count: number, temporal?: Watched): Promise<Idle> {
  console.error(`${count} sessions that only listen, ${subject.title} …`);
  try {
    return await measureIdle(subject, count, temporal);
  } finally {
    await subject.stop();
  }
}
