/**
 * Adapts a package that exports no server but speaks MCP on standard input and output. Each server that the
 * app builds is a process of its own.
 */
// #region app
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

export default () => {
  const child = new StdioClientTransport({ command: 'npx', args: ['tsx', `${__dirname}/server.ts`] });
  return {
    async connect(transport: Transport) {
      child.onmessage = (message) => void transport.send(message);
      child.onclose = () => void transport.close();
      transport.onmessage = (message) => void child.send(message);
      await child.start();
      await transport.start();
    },
    close: () => child.close(),
  };
};
// #endregion
