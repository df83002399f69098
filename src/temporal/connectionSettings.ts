/** The settings of the connection to Temporal, and the environment variable of each. */

/** Each setting overrides its variable in `VARIABLES`, which overrides the profile. */
export interface ConnectionSettings {
  /** `host:port` of the frontend. Default: `127.0.0.1:7233`. */
  readonly address?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** The profile's name in the configuration file. Default: `default`. */
  readonly profile?: string;
  /** Default: `temporalio/temporal.toml` in the user's configuration folder. */
  readonly configFile?: string;
  /** Turns TLS on, unless `tls` is false. */
  readonly apiKey?: string;
  /** Default: on with an API key or any other `tls` setting. */
  readonly tls?: boolean;
  /** Path of the client's certificate, in PEM. */
  readonly tlsCertPath?: string;
  /** Path of the client's private key, in PEM. */
  readonly tlsKeyPath?: string;
  /**
   * Path of the certificate authority that signs the server's certificate, in PEM. Default: the authorities
   * that Node.js trusts.
   */
  readonly tlsCaPath?: string;
  /** The name in the server's certificate. Default: the host of `address`. */
  readonly tlsServerName?: string;
}

/** The variable that each setting overrides. */
export const VARIABLES: { readonly [S in keyof ConnectionSettings]-?: string } = {
  address: 'TEMPORAL_ADDRESS',
  namespace: 'TEMPORAL_NAMESPACE',
  profile: 'TEMPORAL_PROFILE',
  configFile: 'TEMPORAL_CONFIG_FILE',
  apiKey: 'TEMPORAL_API_KEY',
  tls: 'TEMPORAL_TLS',
  tlsCertPath: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
  tlsKeyPath: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
  tlsCaPath: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  tlsServerName: 'TEMPORAL_TLS_SERVER_NAME',
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether the settings name a server, so that `dev` starts none of its own. The default profile alone names
 * none.
 */
export const namesServer = (
  { address, profile }: ConnectionSettings,
  env: Environment = process.env,
): boolean => Boolean(address ?? env[VARIABLES.address] ?? profile ?? env[VARIABLES.profile]);
