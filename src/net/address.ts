/**
 * Hosts and ports in text form. An IPv6 address has brackets before a port, and none as an address to bind
 * to.
 */
import { isIPv6, type AddressInfo, type Server } from 'node:net';
import { isLoopbackOrigin, nameOf } from './loopback';

/** `::1` for `[::1]`. */
export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

export const withPort = (host: string, port: number): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * The host name, in the form of `nameOf`, of `mcp.example.com`, `mcp.example.com:8443`, `::1` or `[::1]`;
 * `undefined` for any other text.
 */
export function hostNameOf(text: string): string | undefined {
  const host = isIPv6(text) ? `[${text}]` : text;
  return /[\s/\\?#@]/.test(host) ? undefined : nameOf(`http://${host}`) || undefined;
}

/**
 * A page's origin in the form that browsers send: without a trailing slash and without the scheme's default
 * port. `undefined` for any other text.
 */
export function originOf(text: string): string | undefined {
  if (text === 'null') return text; // pages without an origin: files, sandboxed frames
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname, search, hash, origin } = new URL(text);
  if (host === '' || !['', '/'].includes(pathname + search + hash)) return undefined;
  return origin === 'null' ? `${protocol}//${host}` : origin;
}

export const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/** Whether what is sent to this URL stays secret: by TLS, or because it does not leave the machine. */
export const isPrivateUrl = (text: string): boolean =>
  isHttpUrl(text) && (text.startsWith('https:') || isLoopbackOrigin(new URL(text).origin));

export const urlOf = (host: string, port: number): string => `http://${withPort(host, port)}`;

/** The port of a listening server. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Says in one sentence why a server cannot listen. */
export function listenError(
  who: string,
  error: unknown,
  { host, port, options }: { host: string; port: number; options: { host: string; port: string } },
): Error {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    {
      EADDRINUSE: `the port is in use; choose another with ${options.port}`,
      EACCES: 'the port is reserved; choose one above 1023',
      EADDRNOTAVAIL: `this machine has no such address; correct ${options.host}`,
      ENOTFOUND: `nobody knows this name; correct ${options.host}`,
    }[code ?? ''] ?? String(error);
  return new Error(`${who} cannot listen on ${withPort(host, port)}: ${why}.`, { cause: error });
}
