/**
 * Resolves the address and credentials of Temporal: flags, then environment variables, then a profile of
 * `temporal.toml`, as Temporal's own command line and SDKs do (`@temporalio/envconfig`).
 */
import { accessSync } from 'node:fs';
import {
  loadClientConfigProfile,
  toClientOptions,
  type ClientConfigProfile,
  type ClientConnectConfig,
} from '@temporalio/envconfig';
import { firstLine } from '../shared/firstLine';
import { VARIABLES, type ConnectionSettings } from './connectionSettings';
import type { TemporalNamespace } from './target';

const DEFAULT_ADDRESS = '127.0.0.1:7233';
const DEFAULT_NAMESPACE = 'default';

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error in one sentence if a setting cannot be used */
export function resolveConnection(
  settings: ConnectionSettings = {},
  env: Environment = process.env,
): TemporalNamespace {
  const { connectionOptions, namespace } = load(withSettings(settings, env));
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    address: address ?? DEFAULT_ADDRESS,
    namespace: namespace ?? DEFAULT_NAMESPACE,
    tls: tls ?? undefined,
    apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    metadata: metadata as TemporalNamespace['metadata'],
  };
}

/**
 * A path setting replaces the variable that has the same certificate as text (`…_DATA`). Empty variables
 * count as unset.
 */
function withSettings(settings: ConnectionSettings, env: Environment): Record<string, string> {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [[VARIABLES[name as keyof ConnectionSettings], String(value)] as const],
  );
  const replaced = given.map(([variable]) => variable.replace(/_PATH$/, '_DATA'));
  const variables = Object.entries(env).filter(([name, value]) => value && !replaced.includes(name));
  return Object.fromEntries([...variables, ...given]) as Record<string, string>;
}

function load(env: Record<string, string>): ClientConnectConfig {
  try {
    const file = env[VARIABLES.configFile];
    if (file !== undefined) accessSync(file); // the library treats a missing file as an empty one
    const profile = loadClientConfigProfile({ overrideEnvVars: env });
    if (hasHalfAPair(profile)) throw new Error('a client certificate and its private key come together');
    return toClientOptions(profile);
  } catch (error) {
    throw new Error(
      `The settings for Temporal's connection cannot be used: ${firstLine(error)}; see --profile, --config-file and the --tls options, or their variables.`,
      { cause: error },
    );
  }
}

const hasHalfAPair = ({ tls }: ClientConfigProfile): boolean =>
  (tls?.clientCert === undefined) !== (tls?.clientKey === undefined);
