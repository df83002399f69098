/**
 * Explains in one sentence why a connection to Temporal failed. gRPC reports only that its deadline has
 * passed, so TLS is tried again without gRPC.
 */
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { isGrpcServiceError } from '@temporalio/client';
import { status } from '@grpc/grpc-js';
import { isLoopbackHost, nameOf } from '../net/loopback';
import { withoutBrackets } from '../net/address';
import type { TemporalNamespace } from './target';

const PROBE_MS = 2_000;
const DEFAULT_PORT = 7233;
const REFUSALS: (status | undefined)[] = [status.UNAUTHENTICATED, status.PERMISSION_DENIED];

export async function whyUnreachable(target: TemporalNamespace, error: unknown): Promise<string> {
  const { address } = target;
  const cause = error instanceof Error ? error.cause : undefined;
  if (isGrpcServiceError(cause) && REFUSALS.includes(cause.code))
    return `Temporal at ${address} refuses these credentials (${cause.details || cause.code}); check the API key (--api-key, TEMPORAL_API_KEY) and what it may do in the namespace "${target.namespace}".`;
  const proxied = proxyFor(address) !== undefined;
  const why = proxied ? undefined : await (target.tls ? whyNoTls(target) : whetherTls(target));
  return why ?? unreachable(address);
}

export function unreachable(address: string): string {
  const named = address === process.env.TEMPORAL_ADDRESS ? ' (TEMPORAL_ADDRESS)' : '';
  const proxy = proxyFor(address);
  if (proxy)
    return `Temporal cannot be reached at ${address}${named} through the proxy that ${proxy} names; add its host to no_proxy to go without, or give --temporal HOST:PORT.`;
  return `Temporal cannot be reached at ${address}${named}; start it (for example with \`durable-mcp temporal --data DIR\`) or give --temporal HOST:PORT.`;
}

/** The variables from which gRPC takes a proxy, in gRPC's order. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

/** The variable that names the proxy which gRPC uses for `address`. */
function proxyFor(address: string): string | undefined {
  if (isLoopbackHost(address)) return undefined;
  const host = address.replace(/:\d+$/, '');
  const without = (process.env.no_grpc_proxy || process.env.no_proxy)?.split(',') ?? [];
  // Ignores networks in the list (10.0.0.0/8), which gRPC does support.
  if (without.some((end) => host.endsWith(end))) return undefined;
  return PROXY_VARIABLES.find((name) => process.env[name]);
}

/** Why TLS fails. `undefined` if nothing listens, or if TLS works and the problem is another. */
async function whyNoTls({ address, tls }: TemporalNamespace): Promise<string | undefined> {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls === true || !tls ? {} : tls;
  const failed = await tryTls(address, {
    ...(serverNameOverride && { servername: serverNameOverride }),
    ca: serverRootCACertificate && Buffer.from(serverRootCACertificate),
    cert: clientCertPair && Buffer.from(clientCertPair.crt),
    key: clientCertPair && Buffer.from(clientCertPair.key),
  });
  if (!failed) return undefined;
  const { code = '' } = failed;
  const message = failed.reason ?? failed.message;
  if (isAboutTheNetwork(code)) return undefined;
  const at = `Temporal at ${address}`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code) || code === 'ECONNRESET')
    return `${at} does not speak TLS, which is on; give --no-tls, or the address of a frontend with TLS.`;
  if (/ALERT|HANDSHAKE_FAILURE/.test(code)) {
    const has = clientCertPair
      ? 'refuses the client certificate'
      : 'asks for a client certificate, and none was given';
    return `${at} ${has} (${message}); give --tls-cert-path and --tls-key-path of one that it trusts.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${at} has a certificate for another name (${message}); give --tls-server-name.`;
  if (/CERT|SIGNATURE|ISSUER|CRL/.test(code))
    return `${at} has a certificate that is not trusted (${code}: ${message}); give --tls-ca-path of the authority that signed it.`;
  return `${at} cannot be spoken to by TLS (${code}: ${message}); check the files of the --tls options.`;
}

/** `undefined` unless the server requires TLS. */
async function whetherTls({ address }: TemporalNamespace): Promise<string | undefined> {
  const failed = await tryTls(address, { rejectUnauthorized: false });
  if (failed && !failed.code?.includes('ALERT')) return undefined;
  return `Temporal at ${address} speaks TLS, which is off; give --tls (TEMPORAL_TLS=true), or an API key.`;
}

const isAboutTheNetwork = (code: string): boolean =>
  [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ABORT_ERR',
  ].includes(code);

interface Failed {
  readonly code?: string;
  readonly message: string;
  /** OpenSSL's reason, without the place in its source code. */
  readonly reason?: string;
}

/** A server that accepts the connection and then closes it has refused the client's certificate. */
const CLOSED: Failed = { code: 'ALERT', message: 'it closed the connection' };

/**
 * Resolves with the error of a TLS connection, or with `undefined`. Waits for the server's first bytes, since
 * a server refuses a client's certificate only after the handshake.
 */
async function tryTls(address: string, options: ConnectionOptions): Promise<Failed | undefined> {
  const url = new URL(`http://${address}`);
  const host = withoutBrackets(nameOf(url.href));
  const socket = connectSocket(Number(url.port) || DEFAULT_PORT, host);
  const timer = setTimeout(() => socket.destroy(SILENT), PROBE_MS);
  try {
    await once(socket, 'connect');
    return await new Promise((resolve) => {
      const tls = connectTls({ socket, host, ALPNProtocols: ['h2'], ...options });
      let isSecure = false;
      tls.on('secureConnect', () => (isSecure = true));
      tls.on('data', () => {
        resolve(undefined);
      });
      tls.on('error', resolve);
      socket.on('close', () => {
        resolve(isSecure ? CLOSED : SILENT);
      });
    });
  } catch (error) {
    return error as Failed;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

const SILENT = Object.assign(new Error('it did not answer'), { code: 'ETIMEDOUT' });
