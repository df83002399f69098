/** The result of a tool, and the contents of a resource, as people read them. */
import type { McpConnection } from '../client/connection/mcpConnection';
import { print, printable, printableJson, printableText } from './print';

export type ToolResult = Awaited<ReturnType<McpConnection['callTool']>>;
type Block = ToolResult['content'][number];

/** Texts as they are, other content by its name; the structured content only where there is no text. */
export function textOfResult({ content, structuredContent }: ToolResult): string {
  const hasText = content.some(({ type }) => type === 'text');
  const lines = content.map(textOfBlock);
  if (!hasText && structuredContent !== undefined) lines.push(printableJson(structuredContent));
  return lines.join('\n');
}

function textOfBlock(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return named(block.type, block.mimeType, block.data);
    case 'resource_link':
      return `[link to ${printable(block.uri)}: ${printable(block.title ?? block.name)}]`;
    case 'resource':
      return 'text' in block.resource
        ? block.resource.text
        : named(`resource ${block.resource.uri}`, block.resource.mimeType, block.resource.blob);
  }
}

/** For example `[image: image/png, 1234 bytes]`. */
export const named = (what: string, type: string | undefined, base64: string): string =>
  `[${printable(what)}: ${printable(type ?? 'unknown type')}, ${Buffer.byteLength(base64, 'base64')} bytes]`;

/** A terminal would obey control characters; a file or a pipe gets the text as it is. */
export const printServerText = (text: string): Promise<void> =>
  print(process.stdout.isTTY ? printableText(text) : text);
