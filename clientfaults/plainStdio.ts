/**
 * The plain server over stdio, below a relay that holds lines back: `calls` those with a call, until the gate
 * `arrive` opens; `answers` those with a receipt. Arguments: the name of the round, whose gates say when.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { gate, isOpen, note } from 'durable-mcp/testing';
import { plainServer } from './plainServer';

const [round = '', role] = process.argv.slice(2);

/** Only for the first client of the round. */
const holds = (what: 'calls' | 'answers'): boolean =>
  isOpen(`${round} hold ${what}`) && !isOpen(`${round} pass`);

function relay(): void {
  const args = [...process.execArgv, __filename, round, 'server'];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  server.stdin.on('error', () => undefined);
  server.on('exit', () => process.exit());
  process.stdout.on('error', () => undefined);
  let passed: Promise<void> = Promise.resolve();
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line.includes('"tools/call"') && holds('calls')) {
        passed = gate(`${round} arrive`);
        note(`${round} held call`);
      }
      void passed.then(() => server.stdin.write(`${line}\n`));
    })
    .on('close', () => void passed.then(() => server.stdin.end()));
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (line.includes('receipt of') && holds('answers')) note(`${round} held answer`);
    else process.stdout.write(`${line}\n`);
  });
}

if (role === 'server') void plainServer().connect(new StdioServerTransport());
else relay();
