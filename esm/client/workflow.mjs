/** `import 'durable-mcp/client/workflow'`: the same code as `require('durable-mcp/client/workflow')`. */
export * from '../../dist/src/client/workflow/index.js';
