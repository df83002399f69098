/** `import 'durable-mcp/client/worker'`: the same code as `require('durable-mcp/client/worker')`. */
export * from '../../dist/src/client/worker/index.js';
