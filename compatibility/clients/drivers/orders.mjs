/** Shared by the drivers in JavaScript: takes orders on standard input, writes reports on standard output. */
import { createInterface } from 'node:readline';

/** The client does not have the feature. */
export class Cannot extends Error {}

/**
 * Carries out orders with `client`, which has `connect(url)`, `list()` with the names of the tools,
 * `call(tool, args, onProgress)` with the text of the first content, and `close()`. `onProgress` is missing
 * unless the order asks for progress.
 */
export function obey(client) {
  const carryOut = async (order) => {
    if (order.do === 'connect') await client.connect(order.url);
    if (order.do === 'list') return { tools: await client.list() };
    if (order.do !== 'call') return {};
    const progress = [];
    const onProgress = order.progress ? (value) => void progress.push(value) : undefined;
    const text = await client.call(order.tool, order.arguments, onProgress);
    return { text, ...(order.progress && { progress }) };
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const order = JSON.parse(line);
    const outcome = await carryOut(order).catch((error) =>
      error instanceof Cannot ? { cannot: error.message } : { error: error?.message ?? String(error) },
    );
    process.stdout.write(`${JSON.stringify({ id: order.id, ...outcome })}\n`);
  });
  lines.on('close', async () => {
    await client.close?.().catch(() => undefined);
    process.exit();
  });
}
