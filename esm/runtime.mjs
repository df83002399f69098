/** `import 'durable-mcp/runtime'`: the same code as `require('durable-mcp/runtime')`. */
export { connect, createNode, startWorker } from '../dist/src/runtime/index.js';
