/**
 * A short session with a project's app as its author would run it: `durable-mcp dev`, and a client that calls
 * the app's tools.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { connect, textOf, until } from 'durable-mcp/testing';
import { findTemporalCommand } from '../../src/temporal/findServer';
import type { Project, Ran } from './project';

const EXPECTED: Record<string, string> = {
  greet: 'hello',
  checkout: 'a own string undefined cannot ask true',
  peek: 'same',
};

/** `command` runs the package's `durable-mcp`, for example `npx`. */
export async function devSession(project: Project, command: string[], app: string): Promise<Ran> {
  const TEMPORAL_CLI = await findTemporalCommand(console.error);
  const data = path.join(project.folder, `data-${Date.now()}`);
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, 'dev', app, '--port', '0', '--data', data], {
    cwd: project.folder,
    env: { ...process.env, TEMPORAL_CLI },
    detached: true, // a process group of its own, so that a signal also ends the processes that npx starts
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close');
  try {
    const url = await until(() => {
      const ready = /^ready (http\S+)/m.exec(output)?.[1];
      if (!ready && child.exitCode !== null) throw new Error('It ended before it was ready.');
      return ready;
    }, 90_000);
    const { client } = await connect(url);
    for (const [name, expected] of Object.entries(EXPECTED)) {
      const text = textOf(
        await client.callTool({ name, arguments: name === 'checkout' ? { cart: 'a' } : {} }),
      );
      if (text !== expected) throw new Error(`${name} answered ${text} instead of ${expected}`);
    }
    await client.close();
    return { ok: true, output };
  } catch (error) {
    return { ok: false, output: `${String(error)}\n${output}` };
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
}
