/**
 * `import 'durable-mcp'`: the same code as `require('durable-mcp')`, once in a process. `DurableMcpServer` alone is another class, over the SDK's
 * ES module, so that `instanceof` holds for what the author imports from the SDK.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { durableServerOn } from '../dist/src/api/durableServerOn.js';

export const DurableMcpServer = durableServerOn({ McpServer, McpError });
export {
  AtMostOnceFailedBeforeCompleting,
  AttemptEnded,
  CallCancelled,
  LimitExceeded,
  StepFailed,
  StepMisuse,
  StepOutcomeUnknown,
  ToolError,
  durableMap,
  notifyListChanged,
  notifyResourceUpdated,
} from '../dist/src/index.js';
