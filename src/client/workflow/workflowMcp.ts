/** An MCP client in a workflow. What it knows is in the workflow's state; all that reaches the server is an activity. */
import type { Duration } from '@temporalio/common';
import { CancellationScope } from '@temporalio/workflow';
import { activitiesOf, type Activities } from './activities';
import { Call, type NewRequest } from './call';
import { isTimeout, losesSessions, mcpError, reasonOf } from './failures';
import { asMcpServer, type AgentsMcpServer } from './mcpServer';
import type { OpenedSession } from './protocol';
import { Questions, type QuestionHandlers } from './questions';
import { Session } from './session';
import { toolSetOf, type McpToolSet } from './toolSet';
import { untilAborted, type Signal } from './untilAborted';
import type {
  CallToolResult,
  CompleteResult,
  CompletionReference,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from './types';

/** How often a request opens a lost session before it gives up. */
const MOST_SESSIONS = 3;

export interface WorkflowMcpOptions extends QuestionHandlers {
  /**
   * Handed to the worker's function for the server: whose session it is, for example. It stands in the history, so it is no
   * place for a secret.
   */
  arg?: unknown;
  /** What `snapshot()` of the run before has returned: the session goes on. */
  snapshot?: McpSnapshot;
  call?: {
    /** For a request, between two questions of the server. Default: `1h`. */
    timeout?: Duration;
    /** How soon a lost worker is noticed, and another one goes on with its requests. Default: `10s`. */
    heartbeat?: Duration;
  };
}

/** As JSON, for `continueAsNew`. */
export interface McpSnapshot {
  readonly v: 1;
  readonly session?: OpenedSession;
  readonly requests: number;
  readonly safeTools: readonly string[];
}

export interface CallToolOptions {
  /** `true`: the call may run twice, whatever the server says of the tool. */
  idempotent?: boolean;
  /** Sent as `_meta`. */
  meta?: { readonly [name: string]: unknown };
  signal?: Signal;
}

/**
 * @example
 * const shop = workflowMcp('shop', { arg: customer, onElicit: (question) => answerBySignal(question) });
 * const receipt = await shop.callTool('checkout', { cart });
 */
export const workflowMcp = (server: string, options: WorkflowMcpOptions = {}): WorkflowMcp =>
  new WorkflowMcp(server, options);

export class WorkflowMcp {
  private readonly activities: Activities;
  private readonly questions: Questions;
  private readonly sessions: Session;
  private readonly safeTools: Set<string>;

  constructor(
    /** By which the worker finds the server. */
    readonly name: string,
    private readonly options: WorkflowMcpOptions,
  ) {
    const { arg, snapshot = { v: 1, requests: 0, safeTools: [] }, call = {} } = options;
    this.activities = activitiesOf(name, {
      timeout: call.timeout ?? '1h',
      heartbeat: call.heartbeat ?? '10s',
    });
    this.questions = new Questions(options);
    this.sessions = new Session(this.activities, arg, this.questions.capabilities, snapshot);
    this.safeTools = new Set(snapshot.safeTools);
  }

  /** The session, once a request has opened it. */
  get session(): OpenedSession | undefined {
    return this.sessions.opened;
  }

  /** Opens the session now, rather than with the first request. */
  open(): Promise<OpenedSession> {
    return this.sessions.get();
  }

  /** All pages. What the list says of its tools decides which calls may be sent twice. */
  async listTools(): Promise<Tool[]> {
    const tools = await this.list<Tool>('tools/list', 'tools');
    this.safeTools.clear();
    for (const { name, annotations } of tools)
      if (annotations?.readOnlyHint === true || annotations?.idempotentHint === true)
        this.safeTools.add(name);
    return tools;
  }

  /**
   * A result with `isError` is returned.
   * @throws ApplicationFailure of type `OutcomeUnknown` or `SessionLost` where the tool may have run, of type
   * `RequestTimeout`, and of type `McpError` for an error of the server
   */
  callTool(name: string, args: object = {}, options: CallToolOptions = {}): Promise<CallToolResult> {
    const { idempotent: safe = this.safeTools.has(name), meta, signal } = options;
    const params = { name, arguments: args };
    return untilAborted(signal, () =>
      this.request<CallToolResult>({ method: 'tools/call', params, meta, safe, title: name }),
    );
  }

  listResources(): Promise<Resource[]> {
    return this.list('resources/list', 'resources');
  }

  listResourceTemplates(): Promise<ResourceTemplate[]> {
    return this.list('resources/templates/list', 'resourceTemplates');
  }

  readResource(uri: string): Promise<ReadResourceResult> {
    return this.read('resources/read', { uri });
  }

  listPrompts(): Promise<Prompt[]> {
    return this.list('prompts/list', 'prompts');
  }

  getPrompt(name: string, args: { readonly [name: string]: string } = {}): Promise<GetPromptResult> {
    return this.read('prompts/get', { name, arguments: args });
  }

  complete(ref: CompletionReference, argument: { name: string; value: string }): Promise<CompleteResult> {
    return this.read('completion/complete', { ref, argument });
  }

  async ping(): Promise<void> {
    await this.read('ping', {});
  }

  /** For the next run, after `continueAsNew`. Calls that still run are not part of it: wait for them. */
  snapshot(): McpSnapshot {
    return { v: 1, ...this.sessions.state, safeTools: [...this.safeTools] };
  }

  /** Ends the session. A server that cannot be reached ends it by itself, when it has been unused. */
  async end(): Promise<void> {
    const { session } = this;
    if (!session) return;
    this.sessions.lost(session);
    const { id, protocolVersion, joins } = session;
    const input = { arg: this.options.arg, session: { id, protocolVersion, joins } };
    try {
      await CancellationScope.nonCancellable(() => this.activities.end(input));
    } catch (error) {
      if (!isTimeout(error)) throw reasonOf(error);
    }
  }

  /** The server's tools for the AI SDK: `generateText({ tools: await shop.toolSet() })`. */
  async toolSet(): Promise<McpToolSet> {
    return toolSetOf(await this.listTools(), (name, args, options) => this.callTool(name, args, options));
  }

  /** The server for the OpenAI Agents SDK: `new Agent({ mcpServers: [shop.asMcpServer()] })`. */
  asMcpServer(): AgentsMcpServer {
    return asMcpServer(this);
  }

  private read<T>(method: string, params: NewRequest['params']): Promise<T> {
    return this.request<T>({ method, params, safe: true, title: method });
  }

  private async request<T>(request: NewRequest): Promise<T> {
    for (let sessions = 0; sessions < MOST_SESSIONS; sessions++) {
      const session = await this.sessions.get().catch((error: unknown) => {
        throw reasonOf(error);
      });
      const { activities, questions, options } = this;
      const ended = await new Call(request, session, this.sessions, activities, questions, options.arg).run();
      if ('gone' in ended) this.sessions.lost(session);
      else if ('error' in ended.response) throw mcpError(ended.response.error);
      else return ended.response.result as T;
    }
    throw losesSessions(this.name);
  }

  private async list<T>(method: string, key: string): Promise<T[]> {
    const all: T[] = [];
    const cursors = new Set<unknown>();
    let cursor: string | undefined;
    do {
      cursors.add(cursor);
      const page: { nextCursor?: string; [key: string]: unknown } = await this.read(
        method,
        cursor === undefined ? {} : { cursor },
      );
      all.push(...(page[key] as T[]));
      cursor = page.nextCursor;
      // A server that repeats a cursor would be asked for ever.
    } while (cursor !== undefined && !cursors.has(cursor));
    return all;
  }
}
