/**
 * The Inspector's page in the Chromium that the variable CHROMIUM names. The page itself connects to the
 * server, across origins. Argument: the file of the command that serves the page.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { chromium } from 'playwright-core';
import { obey } from './orders.mjs';

const [command] = process.argv.slice(2);
/** Longer than any call: the harness limits the time, not the driver. */
const PATIENCE_MS = 120_000;
let served;
let browser;
let page;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function serve(port) {
  const env = { ...process.env, CLIENT_PORT: String(port), MCP_AUTO_OPEN_ENABLED: 'false' };
  served = spawn(process.execPath, [command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(served.stdout, 'data');
  return `http://localhost:${port}`;
}

const press = (name) => page.getByRole('button', { name, exact: true }).click();

/** Reads the progress values from the page's list of messages, which shows the newest first. */
async function progressShown() {
  const shown = await page.getByRole('listitem').filter({ hasText: 'notifications/progress' }).all();
  const values = [];
  for (const row of shown) {
    await row.getByText('notifications/progress').click();
    values.unshift(Number(/progress:\s*(\d+)/.exec(await row.innerText())?.[1]));
  }
  return values;
}

obey({
  async connect(url) {
    const query = new URLSearchParams({ transport: 'streamable-http', serverUrl: url });
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => console.error(message.text()));
    await page.goto(`${await serve(await freePort())}/?${query}`);
    await page.locator('#connection-type-select').click();
    await page.getByRole('option', { name: 'Direct' }).click();
    await press('Connect');
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Tools' }).click();
  },
  async list() {
    await press('List Tools');
    const names = page.locator('span.truncate');
    await names.first().waitFor();
    return names.allInnerTexts();
  },
  async call(name, args, onProgress) {
    await page.locator('span.truncate').getByText(name, { exact: true }).click();
    for (const [key, value] of Object.entries(args)) await page.locator(`[id="${key}"]`).fill(String(value));
    await press('Run Tool');
    if (name === 'greet') {
      await page.getByTestId('elicitation-request').getByRole('textbox').fill('Ada');
      await press('Submit');
    }
    await page.getByRole('button', { name: 'Run Tool', exact: true }).waitFor(); // during the call the button says "Running..."
    if (onProgress) (await progressShown()).forEach(onProgress);
    // The page shows a text that is JSON as JSON.
    const shown = await page.locator('h4:has-text("Tool Result:") + div').innerText();
    return String(JSON.parse(shown));
  },
  async close() {
    await browser?.close();
    served?.kill();
  },
});
