/**
 * An author's server of any class: `McpServer` or the low-level `Server` of any SDK version, or an object
 * around one. Objects of another SDK version never mix with this product's: it uses them through
 * `connect(transport)` and messages only. The few private parts that it reads are here, in registeredTools.ts
 * and in unknownTool.ts. The product works without a part that is not found; `test/unit/sdkInternals.test.ts`
 * guards the access.
 */
import type { McpServer, Transport } from './v1';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import type { AppServer } from '../app';
import { AppFault } from '../appFault';

/** The common parts of all low-level servers, SDK 1.x and 2.x. */
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
  /** This product connected the server, not another call. */
  isOurs = false;
  private isClosed = false;

  private constructor(
    readonly returned: AppServer,
    private readonly connectable: Connectable,
    /** Unknown if the author's class hides it. */
    readonly lowLevel: LowLevelServer | undefined,
    /** Present if the server is an `McpServer`. SDK 2.x has the same tables. */
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

  /** Also true if each has its own object around the same server. */
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
   * Whether the server needs no closing after its request: nothing but the SDK's own classes would be closed,
   * so the server is collected once its own timers are done.
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
   * Calls everything that the author may have provided for closing: `close` of the server and of the object
   * around it, `cleanup(sessionId)`, and `onclose`, which the SDK calls only for a connected server.
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

/** The object that has the method: `of` itself, or the class that defines the method. */
export function ownerOf(of: object, method: string): object | undefined {
  let owner: unknown = of;
  while (isShape(owner) && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
  return isShape(owner) ? owner : undefined;
}

/** A class of the author that closes more has its own `close`, and none of the SDK's other methods. */
function isClosedBySdk(server: object, ...others: string[]): boolean {
  const owner = ownerOf(server, 'close');
  return owner !== undefined && others.some((other) => Object.hasOwn(owner, other));
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

const waits = new WeakSet<LowLevelServer>();

/**
 * Lifts the SDK's timeout of a minute for requests to the client, since a person may take hours. A timeout of
 * the author still holds. In 1.x all requests go through `request`; in 2.x those of handlers do not, but all
 * go through one private method behind it.
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
