/** From what an author says about a tool to the policy that its calls run by (README, "Guarantees"). */
import { z } from 'zod';
import { MAXIMUM_CRASHES, type CallPolicy, type Delivery } from '../wire/call';
import { milliseconds } from '../shared/duration';
import type { ToolAnnotations } from '../mcp/protocol';

/**
 * How the calls of one tool are delivered. `none` is for read-only tools (`readOnlyHint`) that end soon: the node runs the handler by
 * itself, without Temporal. It may run more than once or be lost with its node, cannot be resumed, and is not in the session's log.
 */
export type Durability = DurablePolicy | 'none';

export interface DurablePolicy {
  /** Default: read off the tool's annotations, see the README's table. */
  delivery?: Delivery;
  /** For at-least-once: how a handler that throws is retried. A crash is always retried. */
  retry?: {
    /** How often the handler runs at most before its error is the answer. Default 3. */
    maximumAttempts?: number;
    /**
     * For at-least-once: how many attempts in a row may end with their worker (the handler ends its process, blocks it, or needs more memory
     * than there is) before the call is given up with an error. A step that ends meanwhile begins the count anew. Default 10.
     */
    maximumCrashes?: number;
    /** Before the second attempt; doubles each time, up to 30 s. Milliseconds or a text such as `'1s'`. Default 200. */
    initialInterval?: number | string;
  };
  /** From the request to the answer, retries included. Milliseconds or a text such as `'10m'`. Default 1 hour. */
  timeout?: number | string;
  /**
   * For at-least-once tools that end within a second or so: the handler runs inside of its session's workflow task, which takes two
   * thirds of the time. It has no steps, asks nobody, says and answers at most 32,000 bytes, its messages come with its
   * answer, and the session's other requests wait for it. Its `timeout` is 10 s.
   */
  short?: boolean;
}

const Milliseconds = z
  .union([z.number(), z.string()])
  .transform(milliseconds)
  .pipe(z.number('give milliseconds, or a text such as "10m"').int().positive());

const DurabilitySchema = z.strictObject({
  delivery: z.enum(['at-least-once', 'at-most-once']).optional(),
  retry: z
    .strictObject({
      maximumAttempts: z.number().int().positive().optional(),
      maximumCrashes: z.number().int().positive().optional(),
      initialInterval: Milliseconds.optional(),
    })
    .optional(),
  timeout: Milliseconds.optional(),
  short: z.boolean().optional(),
});

const DEFAULT = { maximumAttempts: 3, initialIntervalMs: 200, timeoutMs: 3_600_000 };
/** A short call keeps its session's other requests waiting. */
const SHORT_TIMEOUT_MS = 10_000;

/**
 * The delivery that a tool's annotations ask for. MCP's own defaults call a tool destructive and not idempotent, so only what
 * is said explicitly counts (specification 2025-11-25, schema, ToolAnnotations).
 */
export function deliveryOf(annotations: ToolAnnotations | undefined, otherwise: Delivery): Delivery {
  if (annotations?.readOnlyHint || annotations?.idempotentHint) return 'at-least-once';
  if (annotations?.destructiveHint) return 'at-most-once';
  return otherwise;
}

/** @throws Error that names what is wrong with `durability`. */
export function policyFrom(durability: DurablePolicy, delivery: Delivery): CallPolicy {
  const parsed = DurabilitySchema.safeParse(durability);
  if (!parsed.success) throw new Error(`The durability is not valid: ${z.prettifyError(parsed.error)}`);
  const { retry, timeout, short } = parsed.data;
  const chosen = parsed.data.delivery ?? delivery;
  const isShort = short === true && chosen === 'at-least-once';
  return {
    ...(isShort && { short: true }),
    delivery: chosen,
    maximumAttempts: chosen === 'at-most-once' ? 1 : (retry?.maximumAttempts ?? DEFAULT.maximumAttempts),
    maximumCrashes: retry?.maximumCrashes ?? MAXIMUM_CRASHES,
    initialIntervalMs: retry?.initialInterval ?? DEFAULT.initialIntervalMs,
    timeoutMs: timeout ?? (isShort ? SHORT_TIMEOUT_MS : DEFAULT.timeoutMs),
  };
}

/** @throws Error that names what is wrong with a tool's `durability`. */
export function checkDurability(tool: string, durability: Durability, annotations?: ToolAnnotations): void {
  if (durability === 'none') {
    if (annotations?.readOnlyHint) return;
    throw new Error(
      `The tool ${tool} has durability 'none' and is not read-only: give it the annotation readOnlyHint, or a durability.`,
    );
  }
  const { delivery, timeoutMs } = policyFrom(durability, deliveryOf(annotations, 'at-least-once'));
  if (!durability.short) return;
  if (delivery === 'at-most-once')
    throw new Error(`The tool ${tool} is short and at-most-once: short calls run again after a crash.`);
  if (timeoutMs > SHORT_TIMEOUT_MS)
    throw new Error(`The tool ${tool} is short and has a timeout over ${SHORT_TIMEOUT_MS} ms; give it less.`);
}
