/**
 * The failure converter beside codecs: messages and stacks become payloads, so that the codecs encode them
 * too. Temporal loads it by its path.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
