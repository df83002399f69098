/** Hosts and ports as people write them: an address of IPv6 has brackets wherever a port follows, and none where it is bound to. */
import { isIPv6, type AddressInfo, type Server } from 'node:net';

/** `::1` for `[::1]`. */
export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

export const withPort = (host: string, port: number): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

export const urlOf = (host: string, port: number): string => `http://${withPort(host, port)}`;

/** Of a server that listens. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** One sentence for why nothing listens there. */
export function listenError(
  who: string,
  error: unknown,
  { host, port, option }: { host: string; port: number; option: string },
): Error {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    {
      EADDRINUSE: `the port is in use; choose another with ${option}`,
      EACCES: 'the port is reserved; choose one above 1023',
      EADDRNOTAVAIL: 'this machine has no such address; correct --host',
    }[code ?? ''] ?? String(error);
  return new Error(`${who} cannot listen on ${withPort(host, port)}: ${why}.`, { cause: error });
}
