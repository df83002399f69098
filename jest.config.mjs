/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/fixtures/startTemporal.ts',
  globalTeardown: '<rootDir>/test/fixtures/stopTemporal.ts',
  // The summary by name, or jest would print it after our last line.
  reporters: ['default', 'summary', '<rootDir>/test/fixtures/countReporter.mjs'],
  // Each file starts real processes; more than the cores would only make them wait for each other.
  maxWorkers: 2,
  testTimeout: 90_000,
};
