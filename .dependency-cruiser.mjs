/**
 * Which folder may import which: docs/internals/design.md, "One way through the house". A folder that is not named in another's list may not be
 * imported there. `npm run verify` fails where this does not hold.
 */
const LAYERS = {
  'src/net': [],
  'src/shared': [],
  'src/wire': ['src/shared'],
  'src/auth': ['src/wire', 'src/shared', 'src/net'],
  'src/client': ['src/wire', 'src/shared'],
  'src/model': ['src/wire'],
  'src/mcp': ['src/wire', 'src/shared'],
  'src/temporal': ['src/wire', 'src/shared', 'src/net'],
  'src/api': ['src/mcp', 'src/model', 'src/wire', 'src/shared', 'src/temporal'],
  'src/log': ['src/mcp', 'src/model', 'src/wire', 'src/shared'],
  'src/service': ['src/api', 'src/mcp', 'src/log', 'src/model', 'src/wire', 'src/shared', 'src/temporal'],
  'src/http': [
    'src/service',
    'src/auth',
    'src/api',
    'src/log',
    'src/mcp',
    'src/wire',
    'src/shared',
    'src/net',
    'src/temporal',
  ],
  workflows: ['src/wire', 'src/model'],
  activities: ['src/api', 'src/mcp', 'src/log', 'src/model', 'src/wire', 'src/shared', 'src/temporal'],
  'src/worker': ['activities', 'src/api', 'src/mcp', 'src/model', 'src/shared', 'src/net', 'src/temporal'],
  'src/runtime': [
    'src/http',
    'src/auth',
    'src/service',
    'src/worker',
    'src/log',
    'src/api',
    'src/mcp',
    'src/model',
    'src/wire',
    'src/shared',
    'src/net',
    'src/temporal',
  ],
  'src/cli': [
    'src/runtime',
    'src/auth',
    'src/client',
    'src/log',
    'src/api',
    'src/mcp',
    'src/model',
    'src/wire',
    'src/shared',
    'src/net',
    'src/temporal',
  ],
  'src/testing': ['activities', 'src/api', 'src/mcp', 'src/model', 'src/wire'],
};

const inFolder = (folder) => `^${folder}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'one-way',
      comment: 'The imports of files form no cycle.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'folders-one-way',
      comment: 'The imports of folders form no cycle.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(LAYERS).map(([folder, below]) => ({
      name: `imports-of-${folder}`,
      comment: `${folder} imports only ${below.join(', ') || 'packages'}.`,
      severity: 'error',
      from: { path: inFolder(folder) },
      to: {
        path: '^(src|workflows|activities|test|bench)/',
        pathNot: [folder, ...below].map(inFolder),
        // The workflows know the types of the activities that they schedule.
        ...(folder === 'workflows' && { dependencyTypesNot: ['type-only'] }),
      },
    })),
    {
      name: 'sdk-in-one-place',
      comment:
        'Only src/mcp imports an MCP SDK; src/testing has the official client, and src/client/connection is made of it.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/(mcp|testing|client/connection)/' },
      to: { path: '@modelcontextprotocol/|mcp-sdk-1/' },
    },
    {
      name: 'client-in-the-sandbox',
      comment:
        'src/client/workflow runs in the sandbox of users’ workflows: beside types it imports only Temporal.',
      severity: 'error',
      from: { path: '^src/client/workflow/' },
      to: {
        pathNot: ['^src/client/workflow/', 'node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'express-in-one-place',
      comment: 'Only src/http is Express; src/service serves any transport.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/http/' },
      to: { path: 'node_modules/(@types/)?express/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
