/**
 * mcp-agent with its Temporal engine, where each tool call is a workflow. A worker and a server, as in
 * mcp-agent's examples.
 */
import { Child } from '../child';
import { Peer } from './peer';
import { PEERS, python } from './peers';

/** A round with 128 sessions would take a third of the time of the whole benchmark. */
const MOST_SESSIONS = 32;

/**
 * Where the tool runs: in the workflow, which may only compute, or in an activity, like the product's tools.
 */
type Place = 'workflow' | 'activity';

export async function startMcpAgent(temporal: string, place: Place): Promise<Peer> {
  const start = (what: string, ...args: string[]) =>
    Child.start({
      title: `${what} (${place})`,
      command: python('mcp-agent'),
      args: [`${PEERS}/${what}.py`, ...args],
    });
  const worker = await start('mcp_agent_worker', temporal, place);
  const server = await start('mcp_agent_server', temporal, place);
  const [url = '', ...versions] = server.announced.split(' ');
  const client = await start('mcp_agent_client', url);
  return new Peer(
    place === 'workflow' ? 'mcp-agent' : 'mcp-agent-activity',
    `mcp-agent, tool in ${place === 'workflow' ? 'a workflow' : 'an activity'}`,
    `${versions.join(' ')}: a worker and a server, on the same Temporal; the official Python client`,
    client,
    [server, worker],
    MOST_SESSIONS,
  );
}
