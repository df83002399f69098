/** `durable-mcp temporal`: runs only the embedded Temporal server. */
import { startEmbeddedTemporal } from '../temporal/embedded';
import { announceReady, askedToStop } from './role';

export interface TemporalArguments {
  data: string;
  port: number;
  uiPort?: number;
}

const LAST_PORT = 65_535;

/**
 * The frontend's port + 1000, or 0 (any free port) if the frontend's port is 0 or the sum is no valid port.
 */
const uiPortBeside = (port: number): number => (port === 0 || port + 1_000 > LAST_PORT ? 0 : port + 1_000);

export async function runTemporal({ data, port, uiPort }: TemporalArguments): Promise<void> {
  const server = await startEmbeddedTemporal(
    { data, port, uiPort: uiPort ?? uiPortBeside(port) },
    console.error,
  );
  const stop = askedToStop(); // registered before the address is announced, so that no signal is missed
  announceReady(`temporal ${server.address} ui ${server.uiAddress} pid ${server.pid}`);
  const ended = await Promise.race([stop, server.exited]);
  if (typeof ended === 'string')
    throw new Error(`The Temporal server has gone: ${ended || 'it said nothing'}`);
  await server.stop();
}
