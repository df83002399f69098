/**
 * Opens a session for `initialize`: the author's server answers the request, and the workflow of the session
 * starts.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { jsonBytes } from '../wire/bytes';
import { Refusal, isSessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import {
  InitializeRequestSchema,
  type InitializeResult,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { asCode } from '../wire/markdown';
import { SESSION_WORKFLOW, isSessionId, workflowIdOf, type SessionInput } from '../wire/session';
import { searchAttributesOf } from '../wire/searchAttributes';
import { withElicitationMode } from '../mcp/clientCapabilities';
import { initialize } from '../mcp/initializedServer';
import { WORKFLOW_TASK_TIMEOUT } from '../temporal/connect';
import type { Caller, ServiceContext } from './context';
import { principalId, type Principal } from '../wire/principal';
import { negotiated } from '../mcp/revisions';
import { runLocally } from './runLocally';
import { toTemporal } from './toTemporal';
import { memoOf, type SessionInfo } from '../wire/sessionInfo';

/** Limit for a text of a client in one line of the log. */
export const MOST_LOGGED_CHARS = 200;
/** The capabilities and the client's info travel with each call of the session. */
const MAXIMUM_CLIENT_BYTES = 64_000;

export interface Opened {
  /** Absent if the app refused the client. */
  readonly sessionId?: string;
  readonly response: JSONRPCResponse;
}

/**
 * `named` is the message's `Mcp-Session-Id`, which `initialize` must not have. @throws Refusal 400, 413, 429,
 * 503
 */
export async function openSession(
  context: ServiceContext,
  { principal, peer, auth }: Caller,
  message: JSONRPCRequest,
  named?: string,
): Promise<Opened> {
  if (await isInside(context, principal, named)) {
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
    principal: principalId(principal),
    protocolVersion: negotiated(protocolVersion),
    client: clientInfo,
    capabilities: withElicitationMode(capabilities),
    state: {},
  };
  const open = async (): Promise<JSONRPCResponse> => {
    const response = await runLocally(session, message, auth, () =>
      initialize(context.app, session, message),
    );
    if ('error' in response) return response;
    const asked = { id: message.id, protocolVersion };
    await start(context, session, asked, response.result as InitializeResult);
    context.justOpened.note(session.id, session.principal);
    const by = `${clientInfo.name} ${clientInfo.version}`.slice(0, MOST_LOGGED_CHARS);
    context.log.info(
      { session: session.id, client: by, protocolVersion: session.protocolVersion },
      'session opened',
    );
    return response;
  };
  const isOpen = (response: JSONRPCResponse) => 'result' in response;
  const response = await context.openSessions.open(peer, session.id, open, isOpen);
  return isOpen(response) ? { sessionId: session.id, response } : { response };
}

/**
 * Whether `named` is an open session. A client that sends the id of an ended session, or of another server,
 * may open a new one.
 */
async function isInside(context: ServiceContext, principal: Principal, named = ''): Promise<boolean> {
  if (!isSessionId(named)) return false;
  try {
    await context.sessions.with(named, principal, (tail) => tail.makeSure());
    return true;
  } catch (error) {
    if (isSessionNotFound(error)) return false;
    throw error;
  }
}

async function start(
  context: ServiceContext,
  session: SessionInfo,
  asked: SessionInput['asked'],
  initializeResult: InitializeResult,
): Promise<void> {
  const { client, protocolVersion } = session;
  const { idleTtlMs, searchAttributes, principalKey } = context;
  const listed =
    principalKey === undefined ? session : { ...session, principal: hidden(session.principal, principalKey) };
  const input: SessionInput = { session, initializeResult, idleTtlMs, asked, searchAttributes };
  await toTemporal(context, () =>
    context.client.workflow.start(SESSION_WORKFLOW, {
      workflowId: workflowIdOf(session.id),
      taskQueue: context.taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      memo: memoOf(listed),
      typedSearchAttributes: searchAttributes ? searchAttributesOf(listed) : undefined,
      staticSummary: `MCP session of ${asCode(`${client.name} ${client.version}`)} (${protocolVersion})`,
    }),
  );
}

/** The same for the same principal, so that an operator who has the key finds a principal's sessions. */
const hidden = (principal: string, key: string): string =>
  createHmac('sha256', key).update(principal).digest('hex');
