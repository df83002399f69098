/** The key by which sessions are counted: the principal or, for anonymous clients, the network address. */
import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import { ANONYMOUS, principalId, type Principal } from '../wire/principal';

export const peerOf = (req: Request, principal: Principal): string =>
  principal === ANONYMOUS ? networkOf(req.ip ?? '') : principalId(principal);

/** An IPv6 client is counted by its /64 network, since it owns all of those 2^64 addresses. */
export function networkOf(address: string): string {
  const [ip = ''] = address.split('%');
  if (!isIPv6(ip)) return ip;
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (v4) return v4;
  const [head = '', tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
