/** Names of this machine alone: nobody else can be reached by them, and no page of elsewhere can have one of them as its own. */

/** In a URL, IPv6 stands in brackets; IPv4 that is mapped into IPv6 is one of all its ways to be written. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

/** `host` as the Host header has it, with or without a port. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(nameOf(`http://${host}`));

/** Of an interface, as Node has it: IPv6 without brackets. */
export const isLoopbackAddress = (address: string): boolean =>
  isLoopbackHost(address.includes(':') ? `[${address}]` : address);

/** Of a browser's page. Only what a server of this machine has served has an origin of HTTP here: others are those of apps and extensions. */
export const isLoopbackOrigin = (origin: string): boolean =>
  /^https?:\/\//i.test(origin) && LOOPBACK.test(nameOf(origin));

/** In one of all the ways in which a host can be written: lower case, IPv4 as four numbers. Empty for what is no URL. */
export const nameOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '');
