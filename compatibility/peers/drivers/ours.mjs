/** `durable-mcp/client`. */
import { connect, fileStore } from 'durable-mcp/client';
import { config, drive } from './driver.mjs';

const { url, command, args, folder, shared } = config;
let connection;

const client = {
  async connect() {
    const store = folder && fileStore(folder);
    connection = await connect(url ?? { command, args }, { store, mode: shared ? 'shared' : 'exclusive' });
  },
  list: () => connection.listTools(),
  call: (tool, args) => connection.callTool(tool, args),
  async recovered() {
    const results = [];
    for await (const { result } of connection.recovered()) results.push(await result);
    return results;
  },
  close: () => connection.close(),
};
// The names of the errors are documented; their messages are sentences.
drive(client, (error) => `\`${error.name}\``);
