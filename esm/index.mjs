/**
 * `import 'durable-mcp'`: the same code as `require('durable-mcp')`, once in a process. `DurableMcpServer` alone is another class, over the SDK's
 * ES module, so that `instanceof` holds for what the author imports from the SDK.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { durableServerOn } from '../dist/src/api/durableServerOn.js';

export * from '../dist/src/index.js';
/** Takes the place of the one that `export *` brings. */
export const DurableMcpServer = durableServerOn({ McpServer, McpError });
