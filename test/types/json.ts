/** Types of what comes back as JSON: `npm run typecheck` fails where a type is not exactly the expected one. */
import { durableMap, type DurableContext, type Jsonify } from 'durable-mcp';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exactly =
  <Expected>() =>
  <Actual>(_value: Actual & (Same<Actual, Expected> extends true ? unknown : never)): void =>
    undefined;

interface Order {
  at: Date;
  note?: Date;
  lines: { count: number; cancel(): void }[];
  tags: Set<string>;
  raw: unknown;
  any: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- that it stays so is what is tested
}
interface OrderJson {
  at: string;
  note?: string;
  lines: { count: number }[];
  tags: Record<string, never>;
  raw: unknown;
  any: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- as above
}
declare const order: Order;

export const types: [
  Same<Jsonify<Date>, string>,
  Same<Jsonify<string | undefined>, string | undefined>,
  Same<Jsonify<[Date, undefined]>, [string, null]>,
  Same<Jsonify<bigint>, never>,
  Same<Jsonify<unknown>, unknown>,
  Same<Jsonify<'a' | 1>, 'a' | 1>,
] = [true, true, true, true, true, true];

export async function handler(ctx: DurableContext): Promise<void> {
  exactly<string>()(await ctx.atLeastOnce('now', () => new Date()));
  exactly<undefined>()(await ctx.atMostOnce('charge', () => undefined));
  const nothing: Promise<void> = ctx.atLeastOnce('log', () => {
    console.log();
  });
  await nothing;
  const recorded: OrderJson = await ctx.atLeastOnce('order', () => order);
  exactly<string | undefined>()(recorded.note);
  // @ts-expect-error -- a Date comes back as a text
  recorded.at.getTime();
  exactly<string | undefined>()(await ctx.state.get<Date>('since'));
  exactly<unknown>()(await ctx.state.get('since'));
  exactly<number | undefined>()(await ctx.state.update('count', (now: number | undefined) => (now ?? 0) + 1));

  const dates = durableMap<Date>('dates');
  await dates.set('a', new Date());
  exactly<string | undefined>()(await dates.get('a'));
  exactly<[key: string, value: string][]>()(await dates.entries({ from: 'a', limit: 1, reverse: true }));
  exactly<boolean>()(await dates.has('a'));
  exactly<boolean>()(await dates.delete('a'));
}
