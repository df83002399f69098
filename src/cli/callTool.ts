/** `durable-mcp call`: calls one tool, with a person at the terminal. */
import type { McpConnection } from '../client/connection/mcpConnection';
import { Cancelled, McpClientError } from '../client/errors';
import { inOneSentence, openServer, type Kept } from './mcpServer';
import type { ServerValues } from './mcpTarget';
import { printableJson, print } from './print';
import { questionsIn } from './questions';
import { Terminal } from './terminal';
import { printServerText, textOfResult, type ToolResult } from './toolResult';
import { argumentsIn, objectIn } from './toolSchema';

/** The call may have run, and its answer cannot be had. */
const EXIT_UNKNOWN = 3;
const EXIT_INTERRUPTED = 130;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. */
const SAME_INTERRUPT_MS = 300;

interface CallValues extends ServerValues, Kept {
  readonly timeout: number | undefined;
}

export async function runCall(
  server: string,
  tool: string,
  given: readonly string[],
  values: CallValues,
): Promise<void> {
  const terminal = new Terminal(values.quiet);
  try {
    const on = { elicit: questionsIn(terminal) };
    const connection = await openServer(server, values, terminal, on, values);
    try {
      const args = await argumentsOf(connection, tool, given);
      const result = await call(connection, tool, args, values, terminal);
      if (result) await show(result, values.json, terminal);
    } finally {
      terminal.mute();
      // With a key the session stays, since the next command may want the answer again.
      await (values.key === undefined ? connection.end() : connection.close());
    }
  } catch (error) {
    terminal.clear();
    throw inOneSentence(error);
  }
}

async function argumentsOf(
  connection: McpConnection,
  tool: string,
  given: readonly string[],
): Promise<Record<string, unknown>> {
  const [first, ...more] = given;
  if (first === undefined) return {};
  if (more.length === 0 && first.trimStart().startsWith('{')) return objectIn(first);
  const tools = await connection.listTools();
  const listed = tools.find(({ name }) => name === tool);
  if (listed) return argumentsIn(given, listed);
  throw new Error(
    `The server has no tool ${tool}; it has ${tools.map(({ name }) => name).join(', ') || 'none'}.`,
  );
}

/** Resolves with nothing if the call has no answer, which was said. @throws an error that is certain */
async function call(
  connection: McpConnection,
  tool: string,
  args: Record<string, unknown>,
  { key, timeout }: CallValues,
  terminal: Terminal,
): Promise<ToolResult | undefined> {
  const stop = cancelOnInterrupt(terminal);
  try {
    return await connection.callTool(tool, args, {
      key,
      timeout: timeout ?? 'none',
      signal: stop,
      onProgress: (progress) => {
        terminal.progress(progress);
      },
    });
  } catch (error) {
    const isInterrupted = error instanceof Cancelled && stop.aborted;
    if (!isInterrupted && !(error instanceof McpClientError && error.phase === 'maybe')) throw error;
    terminal.clear();
    if (!isInterrupted) terminal.line(`durable-mcp: ${inOneSentence(error).message}`);
    process.exitCode = isInterrupted ? EXIT_INTERRUPTED : EXIT_UNKNOWN;
    return undefined;
  } finally {
    terminal.clear();
  }
}

function cancelOnInterrupt(terminal: Terminal): AbortSignal {
  const stop = new AbortController();
  let since = 0;
  process.on('SIGINT', () => {
    if (!stop.signal.aborted) {
      since = performance.now();
      terminal.line('The server is told to cancel the call; Ctrl-C again ends this command at once.');
      stop.abort('Ctrl-C');
    } else if (performance.now() - since > SAME_INTERRUPT_MS) process.exit(EXIT_INTERRUPTED);
  });
  return stop.signal;
}

async function show(result: ToolResult, asJson: boolean, terminal: Terminal): Promise<void> {
  if (result.isError) process.exitCode = 1;
  if (asJson) return print(printableJson(result));
  const text = textOfResult(result);
  if (result.isError) terminal.line(text || 'The tool failed, and did not say why.');
  else if (text) await printServerText(text);
}
