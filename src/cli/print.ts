/** Output of commands on standard output. */
import { escaped } from '../shared/escaped';

/**
 * Prints one line. Resolves when the line is written, so that a slow reader slows the command down. A reader
 * that leaves early (`| head`) ends the command.
 */
export const print = (text: string): Promise<void> => write(`${text}\n`);

/** The same for bytes as they are. */
export function write(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => {
      if (!error) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit();
      else reject(error);
    });
  });
}

/**
 * Removes line breaks and control characters, which a terminal would obey: clients choose much of the printed
 * text.
 */
export const printable = (text: string): string => text.replace(/[\s\p{C}]+/gu, ' ').trim();

/** The same for a text of several lines. */
export const printableText = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(/[^\P{C}\n\t]/gu, ' ');

/**
 * JSON in which control characters are escaped, since a terminal or an editor would obey them: clients choose
 * much of the printed text. The parsed value is the same. (`sessionsCommand.test.ts`)
 */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);

/** Pads each column to its widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export function duration(from: Date, to: Date): string {
  const ms = Math.max(to.getTime() - from.getTime(), 0);
  if (ms < 1_000) return `${ms} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [60, 'min'];
  return `${(seconds / size).toFixed(1)} ${unit}`;
}
