/** The environment of a server's process: exactly what the target says, so that none of our secrets is in it. */
import type { CheckedTarget } from './target';

/** What commands need to find programs, the user's files, and the language. None of these holds a secret. */
const SAFE = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM'],
  ...['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'],
];

export function environmentOf(
  { inheritEnv, env }: Pick<CheckedTarget, 'inheritEnv' | 'env'>,
  ours: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return { ...inherited(inheritEnv, ours), ...env };
}

function inherited(which: CheckedTarget['inheritEnv'], ours: NodeJS.ProcessEnv): Record<string, string> {
  const names = which === 'all' ? Object.keys(ours) : which === 'safe' ? SAFE : which;
  const entries = names.flatMap((name) => {
    const value = ours[name];
    return value === undefined || (which === 'safe' && isShellFunction(value)) ? [] : [[name, value]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Old versions of bash run a function in any variable (CVE-2014-6271). */
const isShellFunction = (value: string): boolean => value.startsWith('()');
