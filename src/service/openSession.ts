/** `initialize` opens a session: the author's server answers it, and a workflow that will be the session starts. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { jsonBytes } from '../wire/bytes';
import { Refusal, isSessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import {
  InitializeRequestSchema,
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
  type InitializeResult,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { asCode } from '../wire/markdown';
import { SESSION_WORKFLOW, workflowIdOf, type SessionInput } from '../wire/session';
import { searchAttributesOf } from '../wire/searchAttributes';
import { withElicitationMode } from '../mcp/clientCapabilities';
import { initialize } from '../mcp/initializedServer';
import { WORKFLOW_TASK_TIMEOUT } from '../temporal/connect';
import { principalOf, type NodeContext } from './context';
import { SESSION_ID } from '../http/guards';
import { peerOf } from '../http/peers';
import { MOST_LOGGED_CHARS } from '../http/requestLog';
import { runLocally } from './runLocally';
import { toTemporal } from './toTemporal';
import { memoOf, type SessionInfo } from '../wire/sessionInfo';

/** They travel with each call of the session. */
const MAXIMUM_CLIENT_BYTES = 64_000;

export async function openSession(
  node: NodeContext,
  req: Request,
  res: Response,
  message: JSONRPCRequest,
): Promise<void> {
  if (await isInside(node, req)) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      'The session is open already; initialize opens a new one and takes no Mcp-Session-Id.',
    );
  }
  const parsed = InitializeRequestSchema.safeParse(message);
  if (!parsed.success) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      'The initialize request lacks protocolVersion, capabilities or clientInfo.',
    );
  }
  const { protocolVersion, capabilities, clientInfo } = parsed.data.params;
  if (jsonBytes([capabilities, clientInfo]) > MAXIMUM_CLIENT_BYTES) {
    throw new Refusal(
      413,
      RpcCode.invalidRequest,
      `The clientInfo and capabilities have more than ${MAXIMUM_CLIENT_BYTES} bytes.`,
    );
  }
  const session: SessionInfo = {
    id: randomUUID(),
    principal: principalOf(req),
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS.includes(protocolVersion)
      ? protocolVersion
      : LATEST_PROTOCOL_VERSION,
    client: clientInfo,
    capabilities: withElicitationMode(capabilities),
    state: {},
  };
  const open = async (): Promise<JSONRPCResponse> => {
    const response = await runLocally(session, message, () => initialize(node.app, session, message));
    if ('error' in response) return response;
    const asked = { id: message.id, protocolVersion };
    await start(node, session, asked, response.result as InitializeResult);
    const by = `${clientInfo.name} ${clientInfo.version}`.slice(0, MOST_LOGGED_CHARS);
    node.log.info(
      { session: session.id, client: by, protocolVersion: session.protocolVersion },
      'session opened',
    );
    res.setHeader('Mcp-Session-Id', session.id);
    return response;
  };
  const isOpen = (response: JSONRPCResponse) => 'result' in response;
  res.json(await node.openSessions.open(peerOf(req), session.id, open, isOpen));
}

/** A client that keeps the id of a session that has ended, or that another server gave it, opens a new one. */
async function isInside(node: NodeContext, req: Request): Promise<boolean> {
  const named = req.get('mcp-session-id') ?? '';
  if (!SESSION_ID.test(named)) return false;
  try {
    await node.sessions.with(named, principalOf(req), (tail) => tail.makeSure());
    return true;
  } catch (error) {
    if (isSessionNotFound(error)) return false;
    throw error;
  }
}

async function start(
  node: NodeContext,
  session: SessionInfo,
  asked: SessionInput['asked'],
  initializeResult: InitializeResult,
): Promise<void> {
  const { client, protocolVersion } = session;
  const { idleTtlMs, searchAttributes } = node;
  const input: SessionInput = { session, initializeResult, idleTtlMs, asked, searchAttributes };
  await toTemporal(node, () =>
    node.client.workflow.start(SESSION_WORKFLOW, {
      workflowId: workflowIdOf(session.id),
      taskQueue: node.taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      memo: memoOf(session),
      typedSearchAttributes: searchAttributes ? searchAttributesOf(session) : undefined,
      staticSummary: `MCP session of ${asCode(`${client.name} ${client.version}`)} (${protocolVersion})`,
    }),
  );
}
