/**
 * Pauses the tail for a stream whose past events have been sent: from then on the session wakes this node.
 * When another connection takes the stream over, the session wakes only that connection's node, so this node
 * resumes following the log for what it still has to send. (`waitingCalls.test.ts`)
 */
import { isTakeover, type StreamAnswer, type StreamEvents } from './stream';

/**
 * Lets the session wake this node for the stream. The returned function makes the node follow the log again.
 */
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
