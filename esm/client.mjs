/** `import 'durable-mcp/client'`: the same code as `require('durable-mcp/client')`. */
export * from '../dist/src/client/index.js';
