/** The options of all commands that connect to Temporal. */
import { VARIABLES } from '../temporal/connectionSettings';
import * as kinds from './optionKinds';
import { optional } from './optionSpec';

export const CONNECTION_OPTIONS = {
  temporal: optional({
    kind: kinds.called('host:port', kinds.text),
    description:
      "the Temporal frontend (default: the profile's, else 127.0.0.1:7233; dev: a server of its own)",
    env: VARIABLES.address,
  }),
  namespace: optional({
    kind: kinds.called('name', kinds.text),
    description: "the Temporal namespace (default: the profile's, else default)",
    env: VARIABLES.namespace,
  }),
  profile: optional({
    kind: kinds.called('name', kinds.text),
    description:
      'the profile in the configuration file to take settings from that are not given (default: default)',
    env: VARIABLES.profile,
  }),
  configFile: optional({
    kind: kinds.called('file', kinds.text),
    description: "that file (default: temporalio/temporal.toml in the user's configuration folder)",
    env: VARIABLES.configFile,
  }),
  apiKey: optional({
    kind: kinds.called('key', kinds.text),
    description:
      'authenticates with an API key and turns TLS on; the variable keeps the key out of process lists',
    env: VARIABLES.apiKey,
  }),
  tls: optional({
    kind: kinds.onOrOff,
    description: 'connects by TLS, or, as --no-tls, without (default: on with an API key or a --tls option)',
    env: VARIABLES.tls,
  }),
  tlsCertPath: optional({
    kind: kinds.called('file', kinds.text),
    description: "the client's certificate, in PEM, for mutual TLS",
    env: VARIABLES.tlsCertPath,
  }),
  tlsKeyPath: optional({
    kind: kinds.called('file', kinds.text),
    description: "the client's private key, in PEM",
    env: VARIABLES.tlsKeyPath,
  }),
  tlsCaPath: optional({
    kind: kinds.called('file', kinds.text),
    description:
      "the authority that signs the server's certificate, in PEM (default: those that Node.js trusts)",
    env: VARIABLES.tlsCaPath,
  }),
  tlsServerName: optional({
    kind: kinds.called('name', kinds.text),
    description: "the name in the server's certificate (default: the host of the address)",
    env: VARIABLES.tlsServerName,
  }),
  dataConverter: optional({
    kind: kinds.called('module', kinds.text),
    description:
      'a module whose default export is a data converter ({ payloadCodecs }), which encrypts or compresses what Temporal keeps; the same for all nodes, workers and commands of an app',
    env: 'DURABLE_MCP_DATA_CONVERTER',
  }),
} as const;

export const CONNECTION = [
  'temporal',
  'namespace',
  'profile',
  'configFile',
  'apiKey',
  'tls',
  'tlsCertPath',
  'tlsKeyPath',
  'tlsCaPath',
  'tlsServerName',
  'dataConverter',
] as const satisfies readonly (keyof typeof CONNECTION_OPTIONS)[];
