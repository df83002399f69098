/** `durable-mcp keys`: adds, lists and revokes the API keys in the key file. */
import { addKey, keyFileIn, readKeys, revokeKey } from '../auth/keyFile';

/** Prints the key. This is its only output: the file has only its hash. */
export async function runAddKey(data: string, name: string, scopes: readonly string[]): Promise<void> {
  const file = keyFileIn(data);
  const key = await addKey(file, name, scopes);
  console.log(key);
  console.error(
    `This is the key of ${name}; it is not shown again, and ${file} has only its hash. Nodes with --auth-keys and this folder as --data accept it now.`,
  );
}

export async function listKeys(data: string): Promise<void> {
  const keys = await readKeys(keyFileIn(data));
  if (keys.length === 0)
    console.error(`There are no keys in ${keyFileIn(data)}; add one with \`durable-mcp keys add\`.`);
  for (const { name, createdAt, scopes } of keys) console.log([name, createdAt, ...scopes].join('  '));
}

export async function runRevokeKey(data: string, name: string): Promise<void> {
  await revokeKey(keyFileIn(data), name);
  console.error(`The key of ${name} is revoked: nodes refuse it within two seconds, and its streams close.`);
}
