/**
 * A stream of whose past everything has been given waits for what comes: from then on its session wakes this node. Once another connection has taken the stream
 * over, the session wakes that one's node alone, and this one follows the log for what it still has to send. (`waitingCalls.test.ts`)
 */
import { isTakeover, type StreamAnswer, type StreamEvents } from './stream';

/** Lets the session wake this node for the stream. The function that it returns has the node follow the log again. */
type Pause = () => FollowAgain | Promise<FollowAgain>;
type FollowAgain = (() => void) | undefined;

export async function* pauseUntilTakenOver(
  events: StreamEvents,
  pause: Pause,
  answer: StreamAnswer,
): StreamEvents {
  let followAgain: FollowAgain;
  let isTakenOver = false;
  for await (const event of events) {
    if (isTakeover(event, answer)) isTakenOver = true;
    if (event === 'live' && !isTakenOver) followAgain = await pause();
    else if (isTakenOver) {
      followAgain?.();
      followAgain = undefined;
    }
    yield event;
  }
}
