/** `durable-mcp resources`: lists a server's resources, or prints one. */
import type { McpConnection } from '../client/connection/mcpConnection';
import { withServer } from './mcpServer';
import type { ServerValues } from './mcpTarget';
import { print, printable, printableJson, table, write } from './print';
import { Terminal } from './terminal';
import { named, printServerText } from './toolResult';

interface ResourceValues extends ServerValues {
  readonly read: string | undefined;
}

export async function runResources(server: string, values: ResourceValues): Promise<void> {
  const terminal = new Terminal(values.quiet);
  await withServer(server, values, terminal, (connection) =>
    values.read === undefined
      ? list(connection, values.json, terminal)
      : read(connection, values.read, values.json),
  );
}

async function list(connection: McpConnection, asJson: boolean, terminal: Terminal): Promise<void> {
  const hasSome = connection.session?.capabilities.resources !== undefined;
  const [resources, resourceTemplates] = hasSome
    ? await Promise.all([connection.listResources(), connection.listResourceTemplates().catch(() => [])])
    : [[], []];
  if (asJson) return print(printableJson({ resources, resourceTemplates }));
  const rows = [
    ...resources.map(({ uri, title, name, mimeType }) => [uri, title ?? name, mimeType]),
    ...resourceTemplates.map(({ uriTemplate, title, name, mimeType }) => [
      uriTemplate,
      title ?? name,
      mimeType,
    ]),
  ];
  if (rows.length === 0) terminal.line('The server has no resources.');
  for (const line of table(rows.map((row) => row.map((cell) => printable(cell ?? ''))))) await print(line);
}

async function read(connection: McpConnection, uri: string, asJson: boolean): Promise<void> {
  const result = await connection.readResource(uri);
  if (asJson) return print(printableJson(result));
  for (const content of result.contents) {
    if ('text' in content) await printServerText(content.text.replace(/\n$/, ''));
    else if (process.stdout.isTTY) await print(named(content.uri, content.mimeType, content.blob));
    else await write(Buffer.from(content.blob, 'base64'));
  }
}
