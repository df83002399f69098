/** `durable-mcp temporal`: the embedded Temporal server alone. */
import { startEmbeddedTemporal } from '../temporal/embedded';
import { announceReady, askedToStop } from './role';

export interface TemporalArguments {
  data: string;
  port: number;
  uiPort?: number;
}

const LAST_PORT = 65_535;

/** Any port where the one beside would be none. */
const uiPortBeside = (port: number): number => (port === 0 || port + 1_000 > LAST_PORT ? 0 : port + 1_000);

export async function runTemporal({ data, port, uiPort }: TemporalArguments): Promise<void> {
  const server = await startEmbeddedTemporal(
    { data, port, uiPort: uiPort ?? uiPortBeside(port) },
    console.error,
  );
  const stop = askedToStop(); // before anybody can know that there is something to stop
  announceReady(`temporal ${server.address} ui ${server.uiAddress} pid ${server.pid}`);
  const ended = await Promise.race([stop, server.exited]);
  if (typeof ended === 'string')
    throw new Error(`The Temporal server has gone: ${ended || 'it said nothing'}`);
  await server.stop();
}
