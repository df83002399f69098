/** The step in which code is running, by its name: a later attempt that skips the step skips what it did and said. */
import { AsyncLocalStorage } from 'node:async_hooks';

export const currentStep = new AsyncLocalStorage<string>();
