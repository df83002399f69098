/**
 * What a handler's arguments are, by the zod schema that their tool was registered with. By the schema's shape alone: no zod is imported, so
 * that one declaration serves zod 3 and 4 (and `zod/mini`), whichever copy the author has, and costs the compiler little.
 */

/** A zod schema: 4 and later keep what they make under `_zod`, 3 under `_output`. */
export type ZodSchema =
  { readonly _zod: { readonly output: unknown } } | { readonly _output: unknown; readonly _def: unknown };

/** What `z.object` takes. */
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

/** One object type, as the author would have written it, and not an intersection. */
type Flat<T> = { [Name in keyof T]: T[Name] };

/** What a handler is given for `inputSchema`. */
export type ArgsOf<Input extends ZodShape | ZodSchema> = Input extends ZodSchema
  ? OutputOf<Input>
  : Flat<
      { -readonly [Name in Exclude<keyof Input, OptionalKeys<Input>>]: OutputOf<Input[Name]> } & {
        -readonly [Name in OptionalKeys<Input>]?: OutputOf<Input[Name]>;
      }
    >;
