/** `durable-mcp tools`: what a server's tools are called, what they do, and what they want. */
import { firstLine } from '../shared/firstLine';
import { withServer } from './mcpServer';
import type { ServerValues } from './mcpTarget';
import { print, printable, printableJson } from './print';
import { Terminal } from './terminal';
import { signatureOf } from './toolSchema';

export async function listTools(server: string, values: ServerValues): Promise<void> {
  const terminal = new Terminal(values.quiet);
  await withServer(server, values, terminal, async (connection) => {
    const tools = connection.session?.capabilities.tools ? await connection.listTools() : [];
    if (values.json) return print(printableJson(tools));
    if (tools.length === 0) terminal.line('The server has no tools.');
    for (const tool of tools) {
      await print(printable(signatureOf(tool)));
      const description = printable(firstLine(tool.description?.trim() ?? tool.title ?? ''));
      if (description) await print(`    ${description}`);
    }
  });
}
