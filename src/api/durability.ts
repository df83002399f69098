/** The contract of `durability`: how a tool's calls are delivered, and where its handler runs. */

/**
 * The delivery of a tool's calls, and where its handler runs:
 *
 * | `delivery` | `execution` | |
 * |---|---|---|
 * | `at-least-once` | `activity` | {@link AtLeastOnceDurability} |
 * | `at-most-once` | `activity` | {@link AtMostOnceDurability} |
 * | | `node` | {@link NodeDurability} |
 */
export type Durability = AtLeastOnceDurability | AtMostOnceDurability | NodeDurability | DeprecatedDurability;

/** How a handler that throws is retried. After a crash of its worker, a handler always runs again. */
export interface RetryOptions {
  /** How often the handler runs at most before its error becomes the answer. Default 3. */
  maximumAttempts?: number;
  /**
   * The maximum of attempts in a row that end with their worker (the handler ends its process, blocks it, or
   * needs more memory than there is). The call then fails with an error. A step that ends in between restarts
   * the count. Default 10.
   */
  maximumCrashes?: number;
  /**
   * The delay before the second attempt; doubles each time, up to 30 s. Milliseconds or a text such as
   * `'1s'`. Default 200.
   */
  initialInterval?: number | string;
}

/** The handler runs in a worker, and runs again after a crash or an error. */
export interface AtLeastOnceDurability {
  /** Default: the delivery that the tool's annotations imply; see the table of guarantees. */
  delivery?: 'at-least-once';
  /**
   * `activity`, the default: a call that ends within 50 ms and uses nothing durable or visible ends inside of its
   * session's workflow task; any other goes on as a Temporal activity. `inline`, of 0.2, is the same.
   */
  execution?: 'activity' | 'inline';
  retry?: RetryOptions;
  /**
   * From the request to the answer, retries included. Milliseconds or a text such as `'10m'`. Default 1 hour.
   */
  timeout?: number | string;
  /** @deprecated Has no effect of its own: every at-least-once call begins inline. The next release does not accept it. */
  short?: boolean;
}

/**
 * The handler runs in a worker, as a Temporal activity, and never runs again: after a crash, the answer is an
 * error that says so.
 */
export interface AtMostOnceDurability {
  delivery: 'at-most-once';
  execution?: 'activity';
  /** A call that runs once has no retries. */
  retry?: never;
  short?: never;
  /** From the request to the answer. Milliseconds or a text such as `'10m'`. Default 1 hour. */
  timeout?: number | string;
}

/**
 * For read-only tools that end soon: the HTTP node runs the handler itself, without Temporal. A call may run
 * more than once or be lost with its node, cannot be resumed, and is not in the session's log. The tool must
 * have the annotation `readOnlyHint: true`.
 */
export interface NodeDurability {
  execution: 'node';
  delivery?: never;
  retry?: never;
  timeout?: never;
  short?: never;
}

/** @deprecated Use `{ execution: 'node' }`. The next release does not accept `'none'`. */
export type DeprecatedDurability = 'none';
