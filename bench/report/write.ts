/** Writes a report into a document, between two marks; the text around them stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { formatted } from './report';

/** @throws Error if the document lacks the marks */
export async function writeSection(file: string, section: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${file} has no place for the report; put the lines ${begin} and ${end} into it.`);
  const written = `${text.slice(0, from)}${begin}\n\n${markdown}\n\n${text.slice(to)}`;
  writeFileSync(file, await formatted(written, file));
}
