/** `DurableHttpTransport`: for the official SDK's `Client`, and for all that takes its transports. */
import { DurableTransport } from '../core/durableTransport';
import { settingsFrom } from '../core/settings';
import { groupOf, HttpChannel } from './httpChannel';
import type { DurableHttpOptions } from './options';
import type { Known } from './session';

/**
 * Streamable HTTP for a client that forgets nothing. With a store that outlives the process, a client with the
 * same URL and user takes up the session of the one before, and its calls.
 *
 * @example
 * const transport = new DurableHttpTransport('https://example.com/mcp', { store: fileStore('.mcp') });
 * await new Client({ name: 'shop', version: '1.0.0' }).connect(transport);
 */
export class DurableHttpTransport extends DurableTransport {
  /** @throws Error for an invalid URL or option, and for a shared store where users cannot be told apart */
  constructor(url: string | URL, options: DurableHttpOptions = {}, known?: Known) {
    const address = new URL(url);
    assertUser(options);
    super(
      settingsFrom(options),
      groupOf(address, options),
      (context) => new HttpChannel(address, options, context, known),
    );
  }
}

/** Else one user's client would take up another's session. */
function assertUser({ store, user, headers, auth }: DurableHttpOptions): void {
  if (!store || user !== undefined || (typeof headers !== 'function' && !auth)) return;
  throw new Error(
    'The credentials come from a function, so the store cannot tell whose session it is; give `user`, a name for whom they stand.',
  );
}
