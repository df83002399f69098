/** The AI SDK and the OpenAI Agents SDK take the adapters of a client in a workflow, by their types and in a run. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { Project } from '../../scripts/package/project';
import { ROOT } from '../fixtures/root';

const PACKAGES = [
  'ai@7.0.173',
  '@openai/agents-core@0.20.0',
  'zod@4.6.7',
  '@types/node@20',
  'typescript@6.0.3',
];

let project: Project;
beforeAll(async () => {
  project = await Project.create();
  await project.install(project.tarball, ...PACKAGES);
  await cp(path.join(ROOT, 'test/fixtures/frameworks'), project.folder, { recursive: true });
}, 300_000);
afterAll(() => project.remove());

test('the types fit', async () => {
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
  const ran = await project.run('npx', ['tsc', ...options, '--skipLibCheck', 'adapters.mts']);
  expect(ran).toEqual({ ok: true, output: '' });
});

test('tools are shown to the model and called', async () => {
  const dist = path.join(project.folder, 'node_modules/durable-mcp/dist/src/client/workflow');
  const { ok, output } = await project.run('env', [`DIST=${dist}`, 'npx', 'tsx', 'adapters.mts']);
  expect({ ok, said: ok ? JSON.parse(output) : output }).toMatchObject({
    ok: true,
    said: {
      text: 'done',
      calls: [
        ['echo', { value: 'by the AI SDK' }],
        ['echo', { value: 'by Agents' }],
      ],
      shown: [{ name: 'echo', description: 'Says it', inputSchema: { required: ['value'] } }],
      parameters: { properties: { value: { type: 'string' } }, required: ['value'] },
      invoked: { type: 'text', text: 'said' },
    },
  });
});
