/** `import 'durable-mcp/runtime'`: the same code as `require('durable-mcp/runtime')`. */
export * from '../dist/src/runtime/index.js';
