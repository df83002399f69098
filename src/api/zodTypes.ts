/**
 * The types of a handler's arguments, from the zod schema of its tool. They depend on the schema's shape
 * alone: no zod is imported, so one declaration serves zod 3 and 4 (and `zod/mini`), whichever copy the
 * author has, at little cost to the compiler.
 */

/** A zod schema: 4 and later have their output type under `_zod`, 3 has it under `_output`. */
export type ZodSchema =
  { readonly _zod: { readonly output: unknown } } | { readonly _output: unknown; readonly _def: unknown };

/** The argument of `z.object`. */
export interface ZodShape {
  readonly [name: string]: ZodSchema;
}

type OutputOf<Schema> = Schema extends { readonly _zod: { readonly output: infer Output } }
  ? Output
  : Schema extends { readonly _output: infer Output }
    ? Output
    : never;

type OptionalKeys<Shape> = {
  [Name in keyof Shape]: undefined extends OutputOf<Shape[Name]> ? Name : never;
}[keyof Shape];

/** Shows one object type, as the author would have written it, instead of an intersection. */
type Flat<T> = { [Name in keyof T]: T[Name] };

/** The arguments of a handler for `inputSchema`. */
export type ArgsOf<Input extends ZodShape | ZodSchema> = Input extends ZodSchema
  ? OutputOf<Input>
  : Flat<
      { -readonly [Name in Exclude<keyof Input, OptionalKeys<Input>>]: OutputOf<Input[Name]> } & {
        -readonly [Name in OptionalKeys<Input>]?: OutputOf<Input[Name]>;
      }
    >;
