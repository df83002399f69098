/**
 * What the environment says to the command. A variable that is empty is as good as none: that is how compose files and CI leave one out. Blanks around
 * it come from files of variables.
 */

import { VARIABLES } from '../temporal/connectionSettings';

const OURS = [
  'LOG_LEVEL',
  'DURABLE_MCP_DATA_CONVERTER',
  ...Object.values(VARIABLES),
  'TEMPORAL_CLI',
  'XDG_CACHE_HOME',
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
