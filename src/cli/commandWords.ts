/** The words of a command line, cut as a POSIX shell does, of which nothing else is done: no variable, no pipe. */

/** @throws Error for an unclosed quotation mark, and for no words */
export function commandWords(line: string): [string, ...string[]] {
  const words: string[] = [];
  // Outside of quotation marks a backslash is for any character, inside of double ones only for " \\ $ and `.
  const part = /(\s+)|'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])|([^\s'"\\]+)/y;
  let word: string | undefined;
  while (part.lastIndex < line.length) {
    const at = part.lastIndex;
    const found = part.exec(line);
    if (!found)
      throw new Error(`The command line has no end after ${line.slice(at)}; close its quotation mark.`);
    const [, space, single, double, escaped, plain] = found;
    if (space === undefined)
      word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  const [command, ...args] = words;
  if (command === undefined)
    throw new Error('The server is empty: give a URL, or the command that starts it.');
  return [command, ...args];
}
