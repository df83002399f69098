/**
 * The shop's own database: SQLite in a file that all workers share, independent of durable-mcp. It records
 * the effects of the tools, by which the examples check them.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';

const file = process.env.SHOP_DB ?? '.durable-mcp/shop.db';
mkdirSync(path.dirname(file), { recursive: true });
const db = new Database(file);
// Several processes use the file at once. A write-ahead log would be faster, but the switch to it does not wait while
// another process uses the file.
db.exec('PRAGMA busy_timeout = 5000');
db.exec(`
  CREATE TABLE IF NOT EXISTS products (name TEXT PRIMARY KEY, price INTEGER NOT NULL, stock INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS reservations (key TEXT PRIMARY KEY, product TEXT NOT NULL, quantity INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS charges (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount INTEGER NOT NULL);
  INSERT OR IGNORE INTO products VALUES ('tea', 450, 1000), ('kettle', 3900, 1000), ('mug', 1200, 1000);
`);

export interface Product {
  name: string;
  /** In cents. */
  price: number;
  stock: number;
}

export const findProducts = (query: string): Product[] =>
  db
    .prepare('SELECT name, price, stock FROM products WHERE name LIKE ? ORDER BY name')
    .all(`%${query}%`) as Product[];

export function productOf(name: string): Product | undefined {
  return db.prepare('SELECT name, price, stock FROM products WHERE name = ?').get(name) as
    Product | undefined;
}

/** A repeated key changes nothing, so a repeated call is safe. */
export function reserve(key: string, product: string, quantity: number): void {
  db.transaction(() => {
    const { changes } = db
      .prepare('INSERT OR IGNORE INTO reservations VALUES (?, ?, ?)')
      .run(key, product, quantity);
    if (changes > 0)
      db.prepare('UPDATE products SET stock = stock - ? WHERE name = ?').run(quantity, product);
  })();
}

/**
 * Like a card payment without an idempotency key: the customer pays at each call. Returns the number of the
 * receipt.
 */
export function charge(customer: string, amount: number): number {
  return Number(
    db.prepare('INSERT INTO charges (customer, amount) VALUES (?, ?)').run(customer, amount).lastInsertRowid,
  );
}

export function chargesOf(customer: string): number {
  return (db.prepare('SELECT count(*) AS n FROM charges WHERE customer = ?').get(customer) as { n: number })
    .n;
}
