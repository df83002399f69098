/**
 * The client's process. The first of a round connects, waits for a line, and makes two calls; it is killed in
 * them. The next has the same store: it says what became of each call, and makes another one.
 */
import { once } from 'node:events';
import {
  connect,
  fileStore,
  OutcomeUnknown,
  type McpConnection,
  type SessionStore,
  type Target,
} from 'durable-mcp/client';
import type { Kind } from './points';

export interface Order {
  readonly target: Target;
  readonly folder: string;
  readonly names: Readonly<Record<Kind, string>>;
  readonly asks: boolean;
  /** In the first process: whether the store never says that a call is recorded, though it is. */
  readonly holdsRecords?: boolean;
  /** In the next process: the name of the new call. */
  readonly afterwards?: string;
}

export type Outcome = { readonly text: string } | { readonly unknown: string } | { readonly error: string };

export type Said =
  | { readonly connected: boolean }
  /** A call is in the store. */
  | { readonly recorded: string }
  /** A call's place in its stream is in the store. */
  | { readonly placed: string }
  | { readonly asked: string }
  | {
      readonly outcome: Outcome;
      readonly of: string;
      readonly by: 'caller' | 'recovered' | 'key' | 'afterwards';
    }
  | { readonly warned: string }
  | { readonly failed: string };

const order = JSON.parse(process.argv[2] ?? '') as Order;
const { target, folder, names, asks, holdsRecords, afterwards } = order;
const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

/** Says what is stored of calls. */
function watched(store: SessionStore): SessionStore {
  return {
    get: (group, name) => store.get(group, name),
    delete: (group, name, version) => store.delete(group, name, version),
    list: (group) => store.list(group),
    close: () => store.close(),
    async store(group, name, value, write) {
      const version = await store.store(group, name, value, write);
      const isCall = name.startsWith('call/') || name.startsWith('key/');
      if (!isCall || version === undefined) return version;
      if ((JSON.parse(value) as { lastEventId?: string }).lastEventId !== undefined) say({ placed: name });
      if (write.ifVersion !== undefined) return version;
      say({ recorded: name });
      return holdsRecords ? new Promise<never>(() => undefined) : version;
    },
  };
}

const outcomeOf = (result: Promise<{ content: unknown }>): Promise<Outcome> =>
  result.then(
    ({ content }) => ({ text: (content as { text: string }[])[0]?.text ?? '' }),
    (error: unknown) =>
      error instanceof OutcomeUnknown
        ? { unknown: error.message }
        : { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) },
  );

const charge = (shop: McpConnection, name: string, key?: string) =>
  shop.callTool('charge', { name, asks: asks && name !== afterwards }, { key });

async function callBoth(shop: McpConnection): Promise<void> {
  const calls = [
    [names['with a key'], charge(shop, names['with a key'], names['with a key'])],
    [names['without a key'], charge(shop, names['without a key'])],
  ] as const;
  for (const [of, result] of calls)
    void outcomeOf(result).then((outcome) => {
      say({ outcome, of, by: 'caller' });
    });
}

async function recover(shop: McpConnection, fresh: string): Promise<void> {
  for await (const { arguments: args, result } of shop.recovered())
    say({ outcome: await outcomeOf(result), of: String(args.name), by: 'recovered' });
  const keyed = names['with a key'];
  say({ outcome: await outcomeOf(charge(shop, keyed, keyed)), of: keyed, by: 'key' });
  say({ outcome: await outcomeOf(charge(shop, fresh)), of: fresh, by: 'afterwards' });
  await shop.close();
}

async function main(): Promise<void> {
  const shop = await connect(target, {
    store: watched(fileStore(folder)),
    // In calls of an earlier process, the next one is who answers.
    on: {
      elicit: ({ message }) => {
        say({ asked: message });
        return afterwards === undefined
          ? new Promise(() => undefined)
          : Promise.resolve({ action: 'accept', content: {} });
      },
    },
    backoff: { first: '50ms' },
    onWarning: (message, cause) => {
      say({ warned: `${message} ${cause instanceof Error ? cause.message : ''}` });
    },
  });
  await shop.listTools(); // of plain servers, before what is sent is held back
  say({ connected: shop.session?.restored === true });
  if (afterwards !== undefined) return recover(shop, afterwards);
  await once(process.stdin, 'data');
  await callBoth(shop);
}

main().then(
  () => {
    if (afterwards !== undefined) process.stdin.destroy();
  },
  (error: unknown) => {
    say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    process.exit(1);
  },
);
