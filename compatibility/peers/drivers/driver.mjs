/**
 * Shared by the drivers in JavaScript. The argument is a JSON object: `url`, or `command` and `args`; `folder`
 * for what the next process of the client needs; `shared`, whether another process uses it at the same time.
 * Orders are lines of JSON on standard input, reports are lines of JSON on standard output.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const config = JSON.parse(process.argv[2]);
const say = (report) => process.stdout.write(`${JSON.stringify(report)}\n`);
const described = (error) => `${error?.name ?? 'Error'}: ${error?.message ?? String(error)}`;
/** The text of a result; of a long one its length. */
const textOf = ({ content: [{ text }] }) => (text.length > 1000 ? `${text.length} characters` : text);

const file = config.folder && path.join(config.folder, 'session.json');

/** What an earlier process has kept of the session, for clients that keep nothing themselves. */
export function keptSession() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
export const keepSession = (session) => writeFileSync(file, JSON.stringify(session));

/**
 * `client` has `connect()`, `list()`, `call(tool, arguments)`, `close()`, and perhaps `recovered()`. `describe`
 * says of an error what goes into the table.
 */
export async function drive(client, describe = described) {
  const orders = {
    list: async () => void (await client.list()),
    call: async ({ tool, args }) => ({ text: textOf(await client.call(tool, args)) }),
    recovered: async () => {
      const results = (await client.recovered?.()) ?? [];
      return results.length > 0 ? { text: textOf(results[0]) } : { none: true };
    },
    close: async () => void (await client.close()),
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('close', () => process.exit());
  await client.connect().then(
    () => say({ as: 'connect' }),
    (error) => say({ as: 'connect', error: describe(error) }),
  );
  lines.on('line', async (line) => {
    const order = JSON.parse(line);
    const report = await orders[order.do](order).catch((error) => ({ error: describe(error) }));
    say({ as: order.as, ...report });
  });
}
