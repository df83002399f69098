/** Handlers of signals and updates that get only what fits (src/wire/shapes.ts): what does not is skipped, or refused. */
import { ApplicationFailure, defineSignal, defineUpdate, log, setHandler } from '@temporalio/workflow';
import { fitsSignal, fitsUpdate, type Signals, type Updates } from '../src/wire/shapes';

/** A workflow's modules are its own, so it is of this run. */
let warned = false;

/** One warning a run: whoever sends such things may send thousands. */
export function skip(signal: string): void {
  if (!warned)
    log.warn('a signal is not of its form, and is skipped; further ones are skipped without a word', {
      signal,
    });
  warned = true;
}

/** `count` is told of each, also of what is skipped: it stands in the history. */
export const onSignal =
  (count: (payload: unknown) => void) =>
  <Name extends keyof Signals & string>(name: Name, handle: (payload: Signals[Name]) => void): void => {
    setHandler(defineSignal<[unknown]>(name), (payload) => {
      count(payload);
      if (fitsSignal(name, payload)) handle(payload);
      else skip(name);
    });
  };

/** What the validator throws keeps the update out of the history; versions before accepted anything, and replays do not ask it. */
export function onUpdate<Answer, Name extends keyof Updates & string>(
  name: Name,
  handle: (payload: Updates[Name]) => Answer | Promise<Answer>,
  validator?: (payload: Updates[Name]) => void,
): void {
  const checked = (payload: unknown): Updates[Name] => {
    if (fitsUpdate(name, payload)) return payload;
    throw ApplicationFailure.nonRetryable(`The update ${name} is not of its form.`, 'Malformed');
  };
  setHandler(defineUpdate<Answer, [unknown]>(name), (payload) => handle(checked(payload)), {
    validator(payload) {
      const update = checked(payload);
      validator?.(update);
    },
  });
}
