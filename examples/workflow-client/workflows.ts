/** A workflow that uses an MCP server, and lets a person answer the server's question by a signal. */
import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { workflowMcp } from 'durable-mcp/client/workflow';

export const approve = defineSignal<[string]>('approve');
export const question = defineQuery<string | undefined>('question');

// #region release
export async function release(version: string) {
  let asked: string | undefined;
  let reason: string | undefined;
  setHandler(question, () => asked);
  setHandler(approve, (given) => void (reason = given));

  const deployer = workflowMcp('deployer', {
    onElicit: async ({ message }) => {
      asked = message;
      const isAnswered = await condition(() => reason !== undefined, '3 days');
      return isAnswered ? { action: 'accept', content: { reason: reason ?? '' } } : { action: 'cancel' };
    },
  });
  const { content } = await deployer.callTool('deploy', { version });
  await deployer.end();
  return content[0]?.text;
}
// #endregion
