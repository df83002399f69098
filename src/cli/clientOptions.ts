/** The options of the commands that use an MCP server: `call`, `tools` and `resources`. */
import * as kinds from './optionKinds';
import { option, optional } from './optionSpec';

export const CLIENT_OPTIONS = {
  header: optional({
    kind: kinds.headers,
    description:
      "a header of each request to a URL, 'Name: value'; ${NAME} in it is a variable of the environment (repeatable)",
  }),
  token: optional({
    kind: kinds.called('token', kinds.text),
    description:
      'the bearer token for a URL; others on this machine can read command lines, so use the variable',
    env: 'DURABLE_MCP_TOKEN',
  }),
  env: option({
    kind: kinds.called('name', kinds.texts),
    description:
      'a variable of the environment that a server over stdio gets besides PATH, HOME and the language (repeatable)',
    default: [],
  }),
  config: optional({
    kind: kinds.called('file', kinds.text),
    description: 'a file with mcpServers, as editors have it; the server is then a name in it',
  }),
  json: option({
    kind: kinds.flag,
    description: 'print everything that the server answered, as one line of JSON',
    default: false,
  }),
  quiet: option({
    kind: kinds.flag,
    description: "no progress, no messages of the server's",
    default: false,
  }),
  key: optional({
    kind: kinds.called('name', kinds.text),
    description:
      'your name of this call: the same command, run again, joins the call or prints its answer, also after a crash',
  }),
  store: optional({
    kind: kinds.called('dir', kinds.text),
    description:
      'where a call with a key is kept (default: durable-mcp/client in XDG_DATA_HOME or ~/.local/share)',
  }),
  timeout: optional({
    kind: kinds.shortDuration,
    description:
      'how long the call may take without progress; then the server is told to cancel it (default: no limit)',
  }),
  read: optional({
    kind: kinds.called('uri', kinds.text),
    description: 'print this resource instead',
  }),
} as const;

/** How a server is reached, and how its words are shown. */
export const SERVER = ['config', 'header', 'token', 'env', 'json', 'quiet'] as const;
