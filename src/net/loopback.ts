/**
 * Names of the local machine. Other machines cannot be reached by these names, and no foreign web page can
 * have one as its host.
 */

/**
 * As in a URL: IPv6 in brackets, and an IPv4 address mapped into IPv6 in the one form that URL parsers
 * produce.
 */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

/** `host` is a Host header, with or without a port. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(nameOf(`http://${host}`));

/** `address` is an interface's address in Node's form: IPv6 without brackets. */
export const isLoopbackAddress = (address: string): boolean =>
  isLoopbackHost(address.includes(':') ? `[${address}]` : address);

/**
 * Whether a page's origin is this machine. Only pages that were served over HTTP count; other schemes belong
 * to apps and extensions.
 */
export const isLoopbackOrigin = (origin: string): boolean =>
  /^https?:\/\//i.test(origin) && LOOPBACK.test(nameOf(origin));

/** The host of a URL in its normal form: lower case, IPv4 as four numbers. Empty for an invalid URL. */
export const nameOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '');
