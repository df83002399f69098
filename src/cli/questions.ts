/** The server's questions, asked in the terminal one after the other. */
import { createInterface, type Interface } from 'node:readline';
import type { Handlers } from '../client/connection/options';
import { limiter } from '../shared/limiter';
import { answerIn, fieldsOf, optionsOf, promptOf, type FieldValue, type FormField } from './questionFields';
import { printable, printableText } from './print';
import type { Terminal } from './terminal';

type Elicit = NonNullable<Handlers['elicit']>;
type Question = Parameters<Elicit>[0];
type Answer = Awaited<ReturnType<Elicit>>;

const HELP = '(:decline refuses, :cancel or Ctrl-D leaves it open, Enter takes what is in brackets)';

/** The handler of `elicit`. Without a terminal, every question is declined. */
export function questionsIn(terminal: Terminal): Elicit {
  const inTurn = limiter(1);
  return (question) => inTurn('question', () => answerTo(question, terminal));
}

function answerTo(question: Question, terminal: Terminal): Promise<Answer> {
  if (!terminal.isInteractive) {
    terminal.line(
      `The server asked ${JSON.stringify(question.message)}, and there is no terminal to answer it in, so it was declined.`,
    );
    return Promise.resolve({ action: 'decline' });
  }
  return terminal.during(async () => {
    const person = new Person();
    try {
      return question.mode === 'url' ? await askForPage(question, person) : await askForm(question, person);
    } catch (error) {
      if (error instanceof Left) return { action: error.action };
      throw error;
    } finally {
      person.leave();
    }
  });
}

async function askForPage(
  { message, url }: Extract<Question, { mode: 'url' }>,
  person: Person,
): Promise<Answer> {
  person.read(`The server asks: ${printable(message)}`);
  person.read(`Open this page of ${printable(hostOf(url))} in a browser:\n  ${printable(url)}`);
  return { action: (await person.agrees('Will you?')) ? 'accept' : 'decline' };
}

/** The part of the address that says whose page it is. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an unknown host');

async function askForm(
  { message, requestedSchema }: Exclude<Question, { mode: 'url' }>,
  person: Person,
): Promise<Answer> {
  const fields = fieldsOf(requestedSchema);
  person.read(`The server asks: ${printableText(message)}`);
  if (fields.length === 0)
    return (await person.agrees('Yes?')) ? { action: 'accept', content: {} } : { action: 'decline' };
  person.read(HELP);
  const content: Record<string, FieldValue> = {};
  for (const field of fields) {
    const value = await askField(field, person);
    if (value !== undefined) content[field.name] = value;
  }
  return { action: 'accept', content };
}

async function askField(form: FormField, person: Person): Promise<FieldValue | undefined> {
  const { description } = form.field;
  if (description !== undefined) person.read(printable(description));
  optionsOf(form.field).forEach(({ label }, i) => {
    person.read(`  ${i + 1}) ${printable(label)}`);
  });
  for (;;) {
    const answer = answerIn(form, await person.answer(promptOf(form)));
    if ('value' in answer) return answer.value;
    person.read(`That is no answer: ${answer.wrong}.`);
  }
}

/** The person does not answer the question. */
class Left extends Error {
  constructor(readonly action: 'decline' | 'cancel') {
    super(action);
  }
}

class Person {
  private readonly lines: Interface;
  /** Also those that were pasted at once. */
  private readonly typed: AsyncIterator<string, undefined>;

  constructor() {
    this.lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    this.typed = this.lines[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
    // Readline takes the keyboard, and with it Ctrl-C, which is the command's.
    this.lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  }

  read(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** @throws Left */
  async answer(prompt: string): Promise<string> {
    this.lines.setPrompt(prompt);
    this.lines.prompt();
    const { value: first } = await this.typed.next();
    if (first === undefined) {
      this.read('');
      throw new Left('cancel');
    }
    if (first.trim() === ':decline') throw new Left('decline');
    if (first.trim() === ':cancel') throw new Left('cancel');
    return first;
  }

  /** @throws Left */
  async agrees(question: string): Promise<boolean> {
    for (;;) {
      const answer = (await this.answer(`${question} (y or n) `)).trim();
      if (/^(y|yes)$/i.test(answer)) return true;
      if (/^(n|no)$/i.test(answer)) return false;
    }
  }

  leave(): void {
    this.lines.close();
  }
}
