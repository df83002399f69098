/**
 * `npm run clients`: installs each published client from its registry into a temporary folder, drives it
 * against two nodes and against one node, kills workers and nodes meanwhile, and writes the outcomes into
 * docs/compatibility.md. Arguments select clients by their names; then the file is not written. Fails if a
 * client fails a check without an explanation.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCommand } from 'durable-mcp/testing';
import { check } from './check';
import { Unavailable, type PublishedClient } from './client';
import { CLIENTS } from './clients';
import { PLACES, Place } from './place';
import { lineOf, markOf, unexplained, type Row } from './row';
import { writeTable } from './table';

/** How many clients are checked together: as many as two cores carry without a client's timeout expiring. */
const TOGETHER = 3;

/** Whether `word` is in the client's name, registry or language. */
function isMeant({ name, registry }: PublishedClient, word: string): boolean {
  const language = { npm: 'typescript', PyPI: 'python', Go: 'go', Maven: 'java', 'crates.io': 'rust' }[
    registry
  ];
  return `${name} ${registry} ${language}`.toLowerCase().includes(word.toLowerCase());
}

async function install(client: PublishedClient, folder: string): Promise<Row> {
  const row = { client, outcomes: new Map() };
  try {
    return { ...row, command: await client.install(await mkdtemp(path.join(folder, 'client-'))) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...row, missing: { why: message, isExplained: error instanceof Unavailable } };
  }
}

async function drive(rows: readonly Row[], temporal: string): Promise<void> {
  for (const name of PLACES) {
    const place = await Place.start(name, temporal);
    try {
      for (let i = 0; i < rows.length; i += TOGETHER) {
        const group = rows.slice(i, i + TOGETHER);
        const commands = group.flatMap(({ command }) => command ?? []);
        const outcomes = await check(commands, place);
        group.forEach((row, j) => {
          row.outcomes.set(name, outcomes[j] ?? new Map());
          const marks = [...(outcomes[j] ?? [])].map(([check, outcome]) => `${check} ${markOf(outcome)}`);
          console.log(`${name}, ${row.client.name}: ${marks.join(', ')}`);
        });
      }
    } finally {
      await place.stop();
    }
  }
}

async function main(words: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-clients-'));
  const temporal = await startCommand(['temporal', '--port', '0', '--data', path.join(folder, 'temporal')]);
  try {
    const rows: Row[] = [];
    for (const client of CLIENTS.filter((client) => words.every((word) => isMeant(client, word)))) {
      console.log(`installing ${client.name}`);
      rows.push(await install(client, folder));
    }
    await drive(
      rows.filter(({ command }) => command),
      /temporal (\S+)/.exec(temporal.ready)?.[1] ?? '',
    );
    rows.forEach((row) => console.log(lineOf(row)));
    if (words.length === 0) await writeTable(rows);
    process.exitCode = rows.some((row) => unexplained(row).length > 0) ? 1 : 0;
  } finally {
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2));
