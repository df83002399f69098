/** The command line. commands.ts declares the commands, options.ts their options. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { addCommand } from './command';
import { COMMANDS, GROUPS } from './commands';
import { readEnvironment } from './environment';
import { fail } from './role';

/** This file runs compiled, so the path starts from its place in `dist`. */
const PACKAGE = path.join(__dirname, '../../../package.json');

const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
const program = new Command('durable-mcp')
  .description('MCP servers that survive crashes, restarts and deploys: sessions as Temporal workflows')
  .version(version)
  .showHelpAfterError();
GROUPS.forEach(({ name, description }) => program.command(name).description(description));
COMMANDS.forEach((spec) => {
  addCommand(program, spec);
});

try {
  readEnvironment();
} catch (error) {
  fail(error);
}
program.parseAsync().then(() => process.exit(), fail);
