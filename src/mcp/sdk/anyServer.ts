/**
 * An author's server, whatever its class: `McpServer` or the low-level `Server` of any version of the SDK, or an object around one. Objects of
 * another SDK never meet ours: they are talked to by `connect(transport)` and by messages. The little that is read of their insides is here,
 * beside, in registeredTools.ts and in unknownTool.ts, and is done without where it is not found; `test/unit/sdkInternals.test.ts` guards it.
 */
import type { McpServer, Transport } from './v1';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import type { AppServer } from '../app';
import { AppFault } from '../appFault';

/** What all low-level servers are, of SDK 1.x and 2.x. */
export interface LowLevelServer {
  readonly transport?: unknown;
  onclose?: () => void;
  close?(): unknown;
  request(message: unknown, ...more: unknown[]): Promise<unknown>;
  setRequestHandler: unknown;
}

interface Connectable {
  connect(transport: Transport): Promise<void>;
  close?(): unknown;
}

type Shape = Readonly<Record<string, unknown>>;

export class AnyServer {
  /** Connected by us, not by another call. */
  isOurs = false;
  private isClosed = false;

  private constructor(
    readonly returned: AppServer,
    private readonly connectable: Connectable,
    /** Not known of a class that hides it. */
    readonly lowLevel: LowLevelServer | undefined,
    /** Present if it is one. SDK 2.x has the same tables. */
    readonly mcp: McpServer | undefined,
  ) {}

  /** @throws NoServer */
  static of(returned: unknown): AnyServer {
    // The outermost first: a class around a server may do more in its own `connect`.
    const layers: Shape[] = [];
    for (let layer: unknown = returned; isShape(layer) && layers.length < 3; layer = layer.server)
      layers.push(layer);
    const connectable = layers.find(({ connect }) => typeof connect === 'function');
    if (!connectable) throw new NoServer(returned);
    const lowLevel = layers.find(
      ({ setRequestHandler, request }) =>
        typeof setRequestHandler === 'function' && typeof request === 'function',
    );
    const mcp = layers.find(({ _registeredTools: tools, server }) => isShape(tools) && isShape(server));
    return new AnyServer(
      returned as AppServer,
      connectable as unknown as Connectable,
      lowLevel as unknown as LowLevelServer | undefined,
      mcp as unknown as McpServer | undefined,
    );
  }

  /** Also where each has an object of its own around one server. */
  isSameAs(other: AnyServer): boolean {
    return this.connectable === other.connectable || (!!this.lowLevel && this.lowLevel === other.lowLevel);
  }

  async connect(transport: Transport): Promise<void> {
    if (this.lowLevel?.transport) {
      throw new AppFault(
        'The app returned a server that is in use; its function must build a new server at each call.',
      );
    }
    this.isOurs = true;
    if (this.lowLevel) waitForPeople(this.lowLevel);
    await this.connectable.connect(transport);
  }

  /**
   * Whether it can be left to itself when its request has ended: there is nothing to close but what the SDK's own classes would, so that it is
   * gone when its own timers are.
   */
  get hasNothingToClose(): boolean {
    const { returned, mcp, lowLevel } = this;
    const connectable: object = this.connectable;
    if (connectable !== mcp && connectable !== lowLevel) return false;
    const { close, cleanup } = returned as unknown as Shape;
    if (cleanup !== undefined || (returned !== connectable && close !== undefined)) return false;
    return (
      !lowLevel?.onclose &&
      (!lowLevel || isClosedBySdk(lowLevel, 'request')) &&
      (!mcp || isClosedBySdk(mcp, 'registerTool', 'tool'))
    );
  }

  /**
   * Everything that the author may have given it for that: `close` of the server and of what is around it, `cleanup(sessionId)`, and `onclose`,
   * which the SDK calls only of a server that was connected.
   */
  close(sessionId: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { close, cleanup } = this.returned as unknown as Shape;
    const quietly = (work: () => unknown) => {
      void (async () => work())().catch(() => undefined);
    };
    const server = [this.connectable, this.lowLevel].find((each) => typeof each?.close === 'function');
    quietly(() => server?.close?.());
    if (this.connectable !== this.returned && typeof close === 'function')
      quietly(() => close.call(this.returned));
    if (!this.isOurs) quietly(() => this.lowLevel?.onclose?.());
    if (typeof cleanup === 'function') quietly(() => cleanup.call(this.returned, sessionId));
  }
}

export class NoServer extends Error {
  constructor(returned: unknown) {
    super(
      `The app returned ${describe(returned)}, which is no server; return a new McpServer or Server of the MCP SDK, or an object with one as its \`server\`, at each call.`,
    );
  }
}

function describe(returned: unknown): string {
  if (typeof returned === 'function') return 'a function';
  if (!isShape(returned)) return String(returned);
  const { name } = (returned.constructor ?? Object) as { name?: string };
  if (name && name !== 'Object') return `an object of the class ${name}`;
  return `an object with ${Object.keys(returned).slice(0, 10).join(', ') || 'nothing in it'}`;
}

/** The object that has it: itself, or the class of it that defines it. */
export function ownerOf(of: object, method: string): object | undefined {
  let owner: unknown = of;
  while (isShape(owner) && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
  return isShape(owner) ? owner : undefined;
}

/** A class of the author's that closes more has a `close` of its own, and none of the SDK's other methods. */
function isClosedBySdk(server: object, ...others: string[]): boolean {
  const owner = ownerOf(server, 'close');
  return owner !== undefined && others.some((other) => Object.hasOwn(owner, other));
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

const waits = new WeakSet<LowLevelServer>();

/**
 * The SDK gives a request to the client a minute; a person may take hours. What the author says still holds. In 1.x all requests go through
 * `request`; in 2.x the handlers' own do not, and all come to one place behind it.
 */
function waitForPeople(server: LowLevelServer): void {
  if (waits.has(server)) return;
  waits.add(server);
  const patient = (options: unknown) => ({ timeout: LONGEST_TIMER_MS, ...(options as object | undefined) });
  const behind = server as { _requestWithSchemaViaCodec?: (...args: unknown[]) => Promise<unknown> };
  if (typeof behind._requestWithSchemaViaCodec === 'function') {
    const send = behind._requestWithSchemaViaCodec.bind(server);
    behind._requestWithSchemaViaCodec = (codec, message, schema, options) =>
      send(codec, message, schema, patient(options));
    return;
  }
  const request = server.request.bind(server);
  server.request = (message, schema, options) => request(message, schema, patient(options));
}
