/** The fields of a server's form: how each is put to a person, and which answers it takes. */
import { z } from 'zod/v4';
import { printable } from './print';

const Choice = z.object({ const: z.string(), title: z.string().optional() });
const Choices = {
  enum: z.array(z.string()).optional(),
  enumNames: z.array(z.string()).optional(),
  oneOf: z.array(Choice).optional(),
  anyOf: z.array(Choice).optional(),
};
const Field = z.object({
  type: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  format: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.object(Choices).optional(),
  ...Choices,
});
const Form = z.object({
  properties: z.record(z.string(), Field).default({}),
  required: z.array(z.string()).default([]),
});

export type FieldValue = string | number | boolean | string[];
export type Field = z.output<typeof Field>;

export interface FormField {
  readonly name: string;
  readonly isRequired: boolean;
  readonly field: Field;
}

/** @throws ZodError for a form that no revision of MCP has */
export function fieldsOf(schema: unknown): FormField[] {
  const { properties, required } = Form.parse(schema);
  return Object.entries(properties).map(([name, field]) => ({
    name,
    field,
    isRequired: required.includes(name),
  }));
}

interface Option {
  readonly value: string;
  readonly label: string;
}

export function optionsOf({ items, ...field }: Field): Option[] {
  const { enum: values, enumNames = [], oneOf, anyOf } = items ?? field;
  const titled = (oneOf ?? anyOf)?.map(({ const: value, title }) => ({ value, label: title ?? value }));
  return titled ?? values?.map((value, i) => ({ value, label: enumNames[i] ?? value })) ?? [];
}

/** What the person reads before the answer. */
export function promptOf({ name, isRequired, field }: FormField): string {
  const hints = [hintOf(field), isRequired ? '' : 'optional'].filter(Boolean).join(', ');
  const byDefault = field.default === undefined ? '' : ` [${asTyped(field)}]`;
  return `${printable(field.title ?? name)}${hints && ` (${hints})`}${byDefault}: `;
}

function hintOf(field: Field): string {
  if (field.type === 'boolean') return 'y or n';
  if (field.type === 'array') return 'numbers, separated by commas';
  if (optionsOf(field).length > 0) return 'its number';
  return field.type === 'string' ? (field.format ?? '') : field.type;
}

function asTyped({ type, default: value }: Field): string {
  if (type === 'boolean') return value === true ? 'y' : 'n';
  return printable(Array.isArray(value) ? value.join(', ') : String(value));
}

/** What the person typed, as the schema has it; or what is wrong with it. `undefined`: left out. */
export function answerIn(
  { field, isRequired }: FormField,
  typed: string,
): { value: FieldValue | undefined } | { wrong: string } {
  const text = typed.trim();
  if (text === '') {
    if (field.default !== undefined) return { value: field.default as FieldValue };
    return isRequired ? { wrong: 'an answer is needed' } : { value: undefined };
  }
  const options = optionsOf(field);
  if (field.type === 'array') return severalOf(field, options, text);
  if (options.length > 0) return oneOf(options, text);
  if (field.type === 'boolean') return booleanOf(text);
  if (field.type === 'number' || field.type === 'integer') return numberOf(field, text);
  return textOf(field, typed);
}

type Answer<T> = { value: T } | { wrong: string };

function oneOf(options: readonly Option[], text: string): Answer<string> {
  const exact = options.find(({ value, label }) => value === text || label === text);
  const numbered = /^\d+$/.test(text) ? options[Number(text) - 1] : undefined;
  const option = exact ?? numbered;
  return option ? { value: option.value } : { wrong: `give a number from 1 to ${options.length}` };
}

function severalOf(
  { minItems = 0, maxItems }: Field,
  options: readonly Option[],
  text: string,
): Answer<string[]> {
  const values: string[] = [];
  for (const part of text.split(',')) {
    const one = oneOf(options, part.trim());
    if ('wrong' in one) return { wrong: `give numbers from 1 to ${options.length}, separated by commas` };
    if (!values.includes(one.value)) values.push(one.value);
  }
  if (values.length < minItems) return { wrong: `give ${minItems} or more` };
  if (maxItems !== undefined && values.length > maxItems) return { wrong: `give ${maxItems} at most` };
  return { value: values };
}

function booleanOf(text: string): Answer<boolean> {
  if (/^(y|yes|true)$/i.test(text)) return { value: true };
  if (/^(n|no|false)$/i.test(text)) return { value: false };
  return { wrong: 'give y or n' };
}

function numberOf({ type, minimum, maximum }: Field, text: string): Answer<number> {
  const value = Number(text);
  if (!Number.isFinite(value) || (type === 'integer' && !Number.isInteger(value)))
    return { wrong: type === 'integer' ? 'give a whole number' : 'give a number' };
  if (minimum !== undefined && value < minimum) return { wrong: `give ${minimum} or more` };
  if (maximum !== undefined && value > maximum) return { wrong: `give ${maximum} at most` };
  return { value };
}

const FORMATS: Readonly<Record<string, { isValid: (text: string) => boolean; example: string }>> = {
  email: { isValid: (text) => z.email().safeParse(text).success, example: 'ada@example.com' },
  uri: { isValid: (text) => URL.canParse(text), example: 'https://example.com' },
  date: { isValid: (text) => z.iso.date().safeParse(text).success, example: '2026-01-31' },
  'date-time': {
    isValid: (text) => z.iso.datetime({ offset: true }).safeParse(text).success,
    example: '2026-01-31T12:00:00Z',
  },
};

function textOf({ format = '', minLength = 0, maxLength }: Field, text: string): Answer<string> {
  const { length } = [...text];
  if (length < minLength) return { wrong: `give ${minLength} characters or more` };
  if (maxLength !== undefined && length > maxLength) return { wrong: `give ${maxLength} characters at most` };
  const rule = FORMATS[format];
  return rule && !rule.isValid(text) ? { wrong: `give it as ${rule.example}` } : { value: text };
}
