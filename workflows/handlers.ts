/**
 * Handlers of signals and updates for well-formed payloads only (src/wire/shapes.ts): a malformed signal is
 * skipped, a malformed update refused.
 */
import { ApplicationFailure, defineSignal, defineUpdate, log, setHandler } from '@temporalio/workflow';
import { fitsSignal, fitsUpdate, type Signals, type Updates } from '../src/wire/shapes';

/** Each run has its own instance of this module, and so its own flag. */
let warned = false;

/** Warns once a run, since there may be thousands of such signals. */
export function skip(signal: string): void {
  if (!warned)
    log.warn('a signal is not of its form, and is skipped; further ones are skipped without a word', {
      signal,
    });
  warned = true;
}

/** `count` gets every payload, even a skipped one, since it is in the history. */
export const onSignal =
  (count: (payload: unknown) => void) =>
  <Name extends keyof Signals & string>(name: Name, handle: (payload: Signals[Name]) => void): void => {
    setHandler(defineSignal<[unknown]>(name), (payload) => {
      count(payload);
      if (fitsSignal(name, payload)) handle(payload);
      else skip(name);
    });
  };

/**
 * An error of the validator keeps the update out of the history. The handler checks again: earlier versions
 * accepted any payload, and replays do not call the validator.
 */
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
