/** Connects to Temporal as a command's options say. */
import type { ConnectionSettings } from '../temporal/connectionSettings';
import type { DataConverter } from '../temporal/dataConverter';
import type { TemporalConnection } from '../runtime/connection';
import { importDefault } from './importModule';
import type { CONNECTION, ValuesOf } from './options';

export type ConnectionValues = ValuesOf<typeof CONNECTION>;

export function settingsOf(options: ConnectionValues): ConnectionSettings {
  const { temporal: address, namespace, profile, configFile, apiKey } = options;
  const { tls, tlsCertPath, tlsKeyPath, tlsCaPath, tlsServerName } = options;
  return {
    address,
    namespace,
    profile,
    configFile,
    apiKey,
    tls,
    tlsCertPath,
    tlsKeyPath,
    tlsCaPath,
    tlsServerName,
  };
}

/** Connects to the server that the options, the environment or the profile name. */
export async function connectBy(options: ConnectionValues): Promise<TemporalConnection> {
  const { connect } = await import('../runtime/connection.js');
  return connect({ ...settingsOf(options), dataConverter: await loadDataConverter(options.dataConverter) });
}

/** Connects to the embedded server of `dev`; every other address and namespace is ignored. */
export async function connectToOwn(address: string, options: ConnectionValues): Promise<TemporalConnection> {
  const { connectTo } = await import('../runtime/connection.js');
  const dataConverter = await loadDataConverter(options.dataConverter);
  return connectTo({ address, namespace: OWN_NAMESPACE, dataConverter });
}

/** The embedded server's only namespace. */
const OWN_NAMESPACE = 'default';

/** @throws Error in one sentence */
async function loadDataConverter(file: string | undefined): Promise<DataConverter | undefined> {
  if (file === undefined) return undefined;
  const found = await importDefault(file, `The data converter ${file}`);
  if (typeof found !== 'object' || found === null)
    throw new Error(`The data converter ${file} has no default export that is an object with payloadCodecs.`);
  return found;
}
