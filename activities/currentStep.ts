/**
 * The name of the step whose function is running. A later attempt that skips the step also skips the steps and
 * messages inside of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export const currentStep = new AsyncLocalStorage<string>();
