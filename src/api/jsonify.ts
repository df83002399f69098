/**
 * The type of `JSON.parse(JSON.stringify(value))`, the form in which steps, state and maps keep their values.
 */

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a step's function may return nothing
type Primitive = string | number | boolean | null | undefined | void;
/** Types that `JSON.stringify` leaves out of an object, and writes as `null` in an array. */
type NotInJson = undefined | symbol | ((...args: never[]) => unknown);

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * A `Date` becomes a string, a `Map` or a `Set` an object without entries. A method is left out. A `bigint`,
 * which JSON does not have, becomes `never`. `undefined` stays `undefined` if it is the whole value.
 */
export type Jsonify<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : T extends Primitive
        ? T
        : T extends { toJSON(...args: never[]): infer Json }
          ? Jsonify<Json>
          : T extends bigint | symbol | ((...args: never[]) => unknown)
            ? never
            : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
              ? Record<string, never>
              : T extends readonly unknown[]
                ? { [Index in keyof T]: Element<T[Index]> }
                : T extends object
                  ? { [Key in keyof T as Kept<Key, T[Key]>]: Property<T[Key]> }
                  : never;

type Kept<Key, Value> = Key extends symbol ? never : [Value] extends [NotInJson] ? KeptAny<Key, Value> : Key;
/** `never` and `any` extend every type, so `Kept` cannot tell them from values outside of JSON. */
type KeptAny<Key, Value> = IsAny<Value> extends true ? Key : never;

type Property<T> = IsAny<T> extends true ? T : unknown extends T ? T : Jsonify<Exclude<T, symbol | Callable>>;
type Callable = (...args: never[]) => unknown;

type Element<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : Jsonify<Exclude<T, NotInJson>> | (Extract<T, NotInJson> extends never ? never : null);
