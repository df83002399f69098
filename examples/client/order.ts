/**
 * A client that may die at any time. Start the shop (`npm start`), then `npx tsx examples/client/order.ts order-7`; kill it in the middle, and run
 * it again: the order is paid once.
 */
// #region order
import { connect, fileStore, OutcomeUnknown } from 'durable-mcp/client';

async function main(url: string, order: string): Promise<void> {
  const shop = await connect(url, { store: fileStore('.mcp-client') });
  console.log(shop.session?.restored ? 'the session of before' : 'a new session');
  for await (const { key, name, result } of shop.recovered())
    console.log(`left by an earlier process: ${name} ${key}`, (await result).content);
  try {
    const cart = { customer: 'ada', product: 'mug', quantity: 8 };
    const { content } = await shop.callTool('checkout', cart, { key: order, onProgress: console.log });
    console.log(order, content);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    console.log(`look into the shop's books before you order again: ${error.message}`);
  }
  await shop.close(); // the session stays; shop.end() ends it
}
// #endregion

void main('http://127.0.0.1:3000/mcp', process.argv[2] ?? 'order-1');
