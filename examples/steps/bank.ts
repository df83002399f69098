/** Stands for the systems that a handler calls. What they did is in a file, so that it outlives the worker. */
import { appendFileSync } from 'node:fs';

const file = process.env.BANK_FILE ?? '/dev/null';
const did = (what: string) => {
  appendFileSync(file, `${what}\n`);
};

export interface Order {
  readonly id: string;
  readonly total: number;
}

/** An API that takes an idempotency key: the same key again is the same reservation. */
export function reserve(cart: string, idempotencyKey: string): Order {
  did(`reserved ${cart}`);
  return { id: idempotencyKey.slice(0, 8), total: 40 };
}

export function release(order: Order): void {
  did(`released ${order.id}`);
}

export class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

/** An API that knows no idempotency key: each call takes money. */
export function charge(card: string, amount: number): string {
  if (card === 'empty') throw new CardDeclined(`${card} has no ${amount}`);
  did(`charged ${card}`);
  return `receipt for ${amount}`;
}
