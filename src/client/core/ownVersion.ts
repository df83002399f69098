/** The version of this package, by which a client names itself. */
import { createRequire } from 'node:module';

export function ownVersion(): string {
  const { version } = createRequire(__filename)('durable-mcp/package.json') as { version: string };
  return version;
}
