/**
 * Stands for the external systems that a handler calls. Their effects are recorded in a file, which outlives
 * the worker.
 */
import { appendFileSync } from 'node:fs';

const file = process.env.BANK_FILE ?? '/dev/null';
const did = (what: string) => {
  appendFileSync(file, `${what}\n`);
};

export interface Order {
  readonly id: string;
  readonly total: number;
}

/** An API with idempotency keys: a repeated key returns the same reservation. */
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

/** An API without idempotency keys: each call takes money. */
export function charge(card: string, amount: number): string {
  if (card === 'empty') throw new CardDeclined(`${card} has no ${amount}`);
  did(`charged ${card}`);
  return `receipt for ${amount}`;
}
