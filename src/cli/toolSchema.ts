/** What a tool's `inputSchema` says of its arguments, as people write and read them. */
import { z } from 'zod/v4';

interface Schema {
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: unknown;
}

/** Schemas can be anything that JSON Schema allows; what is not understood here counts as not there. */
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .catch(undefined),
    enum: z.array(z.unknown()).optional().catch(undefined),
    const: z.unknown().optional(),
    anyOf: z.array(Schema).optional().catch(undefined),
    oneOf: z.array(Schema).optional().catch(undefined),
    items: Schema.optional().catch(undefined),
    properties: z.record(z.string(), Schema).optional().catch(undefined),
    required: z.array(z.string()).optional().catch(undefined),
    additionalProperties: z.unknown().optional(),
  }),
);

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: unknown;
}

/** For example `charge(cents: integer, note?: string)`. */
export function signatureOf({ name, inputSchema }: ListedTool): string {
  const { properties = {}, required = [] } = Schema.parse(inputSchema);
  const args = Object.entries(properties).map(
    ([arg, schema]) => `${arg}${required.includes(arg) ? '' : '?'}: ${typeOf(schema)}`,
  );
  return `${name}(${args.join(', ')})`;
}

function typeOf(schema: Schema): string {
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return [...new Set(several.map(typeOf))].join(' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = typesOf(schema);
  if (types.length === 0) return 'any';
  return types.map((type) => (type === 'array' ? arrayOf(schema.items) : type)).join(' | ');
}

function arrayOf(items: Schema | undefined): string {
  const type = items ? typeOf(items) : 'any';
  return type.includes(' ') ? `(${type})[]` : `${type}[]`;
}

/** None: the schema says nothing of it. */
function typesOf({ type, anyOf, oneOf, enum: values, const: value }: Schema): string[] {
  if (type !== undefined) return typeof type === 'string' ? [type] : [...type];
  const several = anyOf ?? oneOf;
  if (several) return several.flatMap(typesOf);
  return (values ?? (value === undefined ? [] : [value])).map(jsonType);
}

/** The arguments of a call from `name=value` texts. @throws Error in one sentence */
export function argumentsIn(
  given: readonly string[],
  { name, inputSchema }: ListedTool,
): Record<string, unknown> {
  const { properties = {}, additionalProperties } = Schema.parse(inputSchema);
  const isOpen = additionalProperties !== undefined && additionalProperties !== false;
  const args = new Map<string, unknown>();
  for (const pair of given) {
    const [, arg = '', text = ''] = /^([^=]+)=([^]*)$/.exec(pair) ?? [];
    if (!arg) throw new Error(`${pair} is no argument; give name=value, or one JSON object.`);
    if (!Object.hasOwn(properties, arg) && !isOpen)
      throw new Error(
        `The tool ${name} has no argument ${arg}; it has ${Object.keys(properties).join(', ') || 'none'}.`,
      );
    if (args.has(arg)) throw new Error(`${arg} is given twice; give several values as a JSON array.`);
    args.set(arg, valueOf(arg, text, Object.hasOwn(properties, arg) ? properties[arg] : undefined));
  }
  return Object.fromEntries(args);
}

/** JSON where that is of a type that the schema wants, else the text itself where it wants one. */
function valueOf(arg: string, text: string, schema: Schema = {}): unknown {
  const types = typesOf(schema);
  const isText = types.length === 0 || types.includes('string');
  const parsed = jsonIn(text);
  if (parsed !== undefined && typeof parsed.value !== 'string') {
    const type = jsonType(parsed.value);
    const fits = types.some((one) => one === type || (one === 'integer' && Number.isInteger(parsed.value)));
    if (fits || types.length === 0) return parsed.value;
  }
  if (isText) return text;
  throw new Error(`${arg} is ${typeOf(schema)}, and ${JSON.stringify(text)} is not.`);
}

function jsonIn(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const jsonType = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** A call's arguments as one JSON object. @throws Error in one sentence */
export function objectIn(text: string): Record<string, unknown> {
  const parsed = jsonIn(text);
  if (!parsed || jsonType(parsed.value) !== 'object')
    throw new Error(`The arguments are no JSON object: ${text.slice(0, 100)}`);
  return parsed.value as Record<string, unknown>;
}
