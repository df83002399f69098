/** The contract of `durability`: what an author says about the delivery of a tool's calls, and about where its handler runs. */

/**
 * Delivery and place of a tool's calls:
 *
 * | `delivery` | `execution` | |
 * |---|---|---|
 * | `at-least-once` | `activity` or `inline` | {@link AtLeastOnceDurability} |
 * | `at-most-once` | `activity` | {@link AtMostOnceDurability} |
 * | | `node` | {@link NodeDurability} |
 */
export type Durability = AtLeastOnceDurability | AtMostOnceDurability | NodeDurability | DeprecatedDurability;

/** How a handler that throws is run again. A crash of its worker always runs it again. */
export interface RetryOptions {
  /** How often the handler runs at most before its error is the answer. Default 3. */
  maximumAttempts?: number;
  /**
   * How many attempts in a row may end with their worker (the handler ends its process, blocks it, or needs more memory than there is) before
   * the call is given up with an error. A step that ends meanwhile begins the count anew. Default 10.
   */
  maximumCrashes?: number;
  /** Before the second attempt; doubles each time, up to 30 s. Milliseconds or a text such as `'1s'`. Default 200. */
  initialInterval?: number | string;
}

/** The handler runs in a worker, and again after a crash or an error. */
export interface AtLeastOnceDurability {
  /** Default: what the tool's annotations ask for; see the table of guarantees. */
  delivery?: 'at-least-once';
  /**
   * `activity`, the default: as a Temporal activity.
   *
   * `inline`, for tools that end within a second or so: inside its session's workflow task, as a local activity, which takes two thirds of the
   * time. The handler has no steps and cannot ask the client; its messages and its answer have at most 32,000 bytes, the messages come with
   * the answer, and the session's other requests wait meanwhile.
   */
  execution?: 'activity' | 'inline';
  retry?: RetryOptions;
  /**
   * From the request to the answer, retries included. Milliseconds or a text such as `'10m'`. Default 1 hour; of an inline call 10 s, which is
   * also the longest.
   */
  timeout?: number | string;
  /** @deprecated Say `execution: 'inline'`. The next release does not take `short`. */
  short?: boolean;
}

/** The handler runs in a worker, as a Temporal activity, and never again: a crash is answered with an error that says so. */
export interface AtMostOnceDurability {
  delivery: 'at-most-once';
  execution?: 'activity';
  /** What runs once has no retries. */
  retry?: never;
  short?: never;
  /** From the request to the answer. Milliseconds or a text such as `'10m'`. Default 1 hour. */
  timeout?: number | string;
}

/**
 * For read-only tools that end soon: the HTTP node runs the handler itself, without Temporal. A call may run more than once or be lost with its
 * node, cannot be resumed, and is not in the session's log. The tool must have the annotation `readOnlyHint: true`.
 */
export interface NodeDurability {
  execution: 'node';
  delivery?: never;
  retry?: never;
  timeout?: never;
  short?: never;
}

/** @deprecated Say `{ execution: 'node' }`. The next release does not take `'none'`. */
export type DeprecatedDurability = 'none';
