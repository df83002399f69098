/** `import 'durable-mcp/testing'`: the same code as `require('durable-mcp/testing')`. */
export * from '../dist/src/testing/index.js';
