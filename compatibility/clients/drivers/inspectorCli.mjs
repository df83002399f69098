/**
 * The Inspector's command line. Each order starts a process, and so opens a session. Argument: the file of
 * the command.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Cannot, obey } from './orders.mjs';

const run = promisify(execFile);
const [file] = process.argv.slice(2);
let url;
let calls = 0;

async function inspect(...args) {
  const common = [file, '--cli', url, '--transport', 'http'];
  const { stdout } = await run(process.execPath, [...common, ...args]).catch((error) => {
    throw new Error(error.stderr || error.stdout || error.message);
  });
  return JSON.parse(stdout);
}

const names = async () => (await inspect('--method', 'tools/list')).tools.map(({ name }) => name);

obey({
  async connect(to) {
    url = to;
    await names();
  },
  list: names,
  async call(name, args, onProgress) {
    if (onProgress) throw new Cannot('it prints no progress');
    if (name === 'greet') throw new Cannot('it has no elicitation');
    const isNext = name === 'add' && ++calls > 1;
    if (isNext) throw new Cannot('it opens a session for each call');
    const given = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`]);
    const { content } = await inspect('--method', 'tools/call', '--tool-name', name, ...given);
    return content[0].text;
  },
});
