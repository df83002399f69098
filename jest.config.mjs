/**
 * Three kinds of tests, by folder. `test/unit` takes seconds: pure parts, and the session's workflow on a Temporal server for tests. Those right in
 * `test` run against real processes and one Temporal server, and download nothing; those in `test/long` too, and take longer: they wait
 * for limits that are far away, restart much, or install clients of other languages. `npm run test:smoke` runs the six of `test` that cover the most.
 */
const ofAll = {
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
/** `npm run test:suspending`: there, no call begins inline, and each attempt runs twice. */
const beginInline = [
  '/inlineFirst.test',
  '/adoptedElsewhere.test',
  '/noHandlerRunsTwice.test',
  '/replaysDecideAlike.test',
];
const countAttempts = [
  '/callTotals.test',
  '/clientMatrix.test',
  '/crashWhileHandedOver.test',
  '/talkativeCalls.test',
];
const withTemporal = {
  ...ofAll,
  testPathIgnorePatterns:
    process.env.DURABLE_MCP_ALWAYS_SUSPENDING === undefined ? [] : [...beginInline, ...countAttempts],
  globalSetup: '<rootDir>/test/fixtures/startTemporal.ts',
  globalTeardown: '<rootDir>/test/fixtures/stopTemporal.ts',
};

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...ofAll,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/unit/*.test.ts', '<rootDir>/examples/*/*.test.ts'],
    },
    { ...withTemporal, displayName: 'processes', testMatch: ['<rootDir>/test/*.test.ts'] },
    { ...withTemporal, displayName: 'long', testMatch: ['<rootDir>/test/long/*.test.ts'] },
  ],
  // The summary by name, or jest would print it after our last line.
  reporters: ['default', 'summary', '<rootDir>/test/fixtures/countReporter.mjs'],
  // Each file starts real processes; more than the cores would only make them wait for each other.
  maxWorkers: 2,
  testTimeout: 90_000,
};
