/** How errors are written where payloads have a codec: messages and stacks as payloads, so that they are encoded too. Temporal loads it by its path. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
