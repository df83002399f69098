/** Turns the `durability` of a tool into the policy of its calls. */
import { z } from 'zod/v4';
import { MAXIMUM_CRASHES, type CallPolicy, type Delivery } from '../wire/call';
import { milliseconds } from '../shared/duration';
import type { ToolAnnotations } from '../mcp/protocol';
import { warnOfDeprecated } from './deprecation';
import type { Durability } from './durability';

const Milliseconds = z
  .union([z.number(), z.string()])
  .transform(milliseconds)
  .pipe(z.number('give milliseconds, or a text such as "10m"').int().positive());

const DurabilitySchema = z.strictObject({
  delivery: z.enum(['at-least-once', 'at-most-once']).optional(),
  execution: z.enum(['activity', 'inline', 'node']).optional(),
  retry: z
    .strictObject({
      maximumAttempts: z.number().int().positive().optional(),
      maximumCrashes: z.number().int().positive().optional(),
      initialInterval: Milliseconds.optional(),
    })
    .optional(),
  timeout: Milliseconds.optional(),
  /** Deprecated: says nothing new. */
  short: z.boolean().optional(),
});
type Parsed = z.infer<typeof DurabilitySchema>;

const DEFAULT = { maximumAttempts: 3, initialIntervalMs: 200, timeoutMs: 3_600_000 };

/**
 * The delivery that a tool's annotations imply. MCP's defaults call a tool destructive and not idempotent, so
 * only explicit annotations count (specification 2025-11-25, schema, ToolAnnotations).
 */
export function deliveryOf(annotations: ToolAnnotations | undefined, otherwise: Delivery): Delivery {
  if (annotations?.readOnlyHint || annotations?.idempotentHint) return 'at-least-once';
  if (annotations?.destructiveHint) return 'at-most-once';
  return otherwise;
}

/**
 * The policy, or `none` if the node runs the call. `delivery` applies if the durability names none.
 * @throws Error that names the mistake
 */
export function policyFrom(durability: Durability, delivery: Delivery): CallPolicy | 'none' {
  const parsed = parse(durability);
  return parsed.execution === 'node' ? 'none' : policyOfParsed(parsed, delivery);
}

/** The policy of a call without a `durability`. */
export const defaultPolicy = (delivery: Delivery): CallPolicy => policyOfParsed({}, delivery);

function policyOfParsed({ retry, timeout, ...of }: Parsed, delivery: Delivery): CallPolicy {
  const chosen = of.delivery ?? delivery;
  return {
    delivery: chosen,
    maximumAttempts: chosen === 'at-most-once' ? 1 : (retry?.maximumAttempts ?? DEFAULT.maximumAttempts),
    maximumCrashes: retry?.maximumCrashes ?? MAXIMUM_CRASHES,
    initialIntervalMs: retry?.initialInterval ?? DEFAULT.initialIntervalMs,
    timeoutMs: timeout ?? DEFAULT.timeoutMs,
  };
}

/** @throws Error that names the mistake in a tool's `durability` */
export function checkDurability(tool: string, durability: Durability, annotations?: ToolAnnotations): void {
  const parsed = parse(durability);
  warnOfOldForm(tool, durability);
  const { execution, retry, timeout, ...of } = parsed;
  if (execution === 'node') {
    if (of.delivery || retry || timeout !== undefined)
      throw new Error(`The tool ${tool} runs on the node: it has no delivery, retry or timeout.`);
    if (annotations?.readOnlyHint) return;
    throw new Error(
      `The tool ${tool} has execution 'node' and is not read-only: give it the annotation readOnlyHint, or another execution.`,
    );
  }
  const { delivery } = policyOfParsed(parsed, deliveryOf(annotations, 'at-least-once'));
  if (delivery === 'at-most-once' && execution === 'inline')
    throw new Error(`The tool ${tool} is inline and at-most-once: inline calls run again after a crash.`);
  if (of.delivery === 'at-most-once' && retry)
    throw new Error(`The tool ${tool} is at-most-once and has retry: what runs once is not tried again.`);
}

/** Validates, and translates the deprecated forms into those of this release. */
function parse(durability: Durability): Parsed {
  if (durability === 'none') return { execution: 'node' };
  const parsed = DurabilitySchema.safeParse(durability);
  if (!parsed.success) throw new Error(`The durability is not valid: ${z.prettifyError(parsed.error)}`);
  const { short, ...said } = parsed.data;
  return short ? { ...said, execution: 'inline' } : said;
}

function warnOfOldForm(tool: string, durability: Durability): void {
  if (durability === 'none')
    warnOfDeprecated(
      'DURABLE_MCP_NONE',
      `The tool ${tool} has durability 'none': say { execution: 'node' }, the next release does not take 'none'.`,
    );
  else if ('short' in durability)
    warnOfDeprecated(
      'DURABLE_MCP_SHORT',
      `The tool ${tool} has durability { short }: leave it out, it says nothing new, and the next release does not take it.`,
    );
}
