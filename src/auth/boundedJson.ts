/** Requests to an issuer, with limits: an issuer may hang, answer garbage, or send without end. */
const WITHIN_MS = 5_000;
const MAXIMUM_BYTES = 1_000_000;

/**
 * A `fetch` that reads at most a megabyte within five seconds. A redirect is an error, since it could lead into the
 * node's own network.
 */
export async function boundedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const response = await fetch(url, { ...init, redirect: 'error', signal });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? emptyBody()) {
    bytes += part.byteLength;
    if (bytes > MAXIMUM_BYTES) throw new Error(`${url} answers more than ${MAXIMUM_BYTES} bytes`);
    parts.push(part);
  }
  const { status, headers } = response;
  return new Response(hasBody(status) ? Buffer.concat(parts) : null, { status, headers });
}

const hasBody = (status: number): boolean => ![204, 205, 304].includes(status);
const emptyBody = (): Uint8Array[] => [];

export class NotJson extends Error {}

/** `undefined` if the answer has a 4xx status. @throws NotJson, Error in one sentence */
export async function fetchJson(url: string): Promise<unknown> {
  const response = await boundedFetch(url, { headers: { Accept: 'application/json' } });
  if (response.status >= 400 && response.status < 500) return undefined;
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.json().catch(() => {
    throw new NotJson(`${url} answers something that is not JSON`);
  });
}
