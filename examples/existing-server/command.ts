/** A package that exports no server and speaks on standard input and output: one process for each server that is built. */
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
