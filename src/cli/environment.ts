/**
 * Normalizes the environment variables of the command. An empty variable counts as unset, since compose files
 * and CI unset a variable that way. Values are trimmed, since files of variables can add blanks.
 */

import { VARIABLES } from '../temporal/connectionSettings';

const OURS = [
  'LOG_LEVEL',
  'DURABLE_MCP_DATA_CONVERTER',
  'DURABLE_MCP_INTROSPECTION_CLIENT',
  'DURABLE_MCP_INTROSPECTION_SECRET',
  'DURABLE_MCP_PRINCIPAL_KEY',
  'DURABLE_MCP_TOKEN',
  ...Object.values(VARIABLES),
  'TEMPORAL_CLI',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'HOME',
];
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** @throws Error in one sentence that names the variable */
export function readEnvironment(env = process.env): void {
  for (const name of OURS) {
    const value = env[name]?.trim();
    if (value) env[name] = value;
    else Reflect.deleteProperty(env, name);
  }
  const level = env.LOG_LEVEL;
  if (level !== undefined && !LOG_LEVELS.includes(level))
    throw new Error(`LOG_LEVEL is "${level}", which is no level; give one of ${LOG_LEVELS.join(', ')}.`);
}
