/** From what an author says about a tool to the policy that its calls run by (README, "Guarantees"). */
import { z } from 'zod';
import type { CallPolicy, Delivery } from '../protocol/call';
import { milliseconds } from '../protocol/duration';
import type { ToolAnnotations } from '../protocol/mcp';

/** How the calls of one tool are delivered. */
export interface Durability {
  /** Default: read off the tool's annotations, see the README's table. */
  delivery?: Delivery;
  /** For at-least-once: how a handler that throws is retried. A crash is always retried. */
  retry?: {
    /** How often the handler runs at most before its error is the answer. Default 3. */
    maximumAttempts?: number;
    /** Before the second attempt; doubles each time, up to 30 s. Milliseconds or a text such as `'1s'`. Default 200. */
    initialInterval?: number | string;
  };
  /** From the request to the answer, retries included. Milliseconds or a text such as `'10m'`. Default 1 hour. */
  timeout?: number | string;
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
      initialInterval: Milliseconds.optional(),
    })
    .optional(),
  timeout: Milliseconds.optional(),
});

const DEFAULT = { maximumAttempts: 3, initialIntervalMs: 200, timeoutMs: 3_600_000 };

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
export function policyFrom(durability: Durability, delivery: Delivery): CallPolicy {
  const parsed = DurabilitySchema.safeParse(durability);
  if (!parsed.success) throw new Error(`The durability is not valid: ${z.prettifyError(parsed.error)}`);
  const { retry, timeout } = parsed.data;
  const chosen = parsed.data.delivery ?? delivery;
  return {
    delivery: chosen,
    maximumAttempts: chosen === 'at-most-once' ? 1 : (retry?.maximumAttempts ?? DEFAULT.maximumAttempts),
    initialIntervalMs: retry?.initialInterval ?? DEFAULT.initialIntervalMs,
    timeoutMs: timeout ?? DEFAULT.timeoutMs,
  };
}
