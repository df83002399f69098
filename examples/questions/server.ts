/**
 * Questions to the person at the client. Each is asked once; the answer may come at any time, and at any
 * node.
 */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app() {
  const server = new DurableMcpServer({ name: 'questions', version: '1.0.0' });

  // #region confirm
  server.registerTool('deploy', { inputSchema: { version: z.string() } }, async ({ version }, ctx) => {
    if (!ctx.session.capabilities.elicitation?.form) return text('This client cannot ask its user.');
    const answer = await ctx.elicit('confirm', {
      message: `Deploy ${version} to production?`,
      requestedSchema: {
        type: 'object',
        properties: { reason: { type: 'string', title: 'Why now?' } },
        required: ['reason'],
      },
    });
    if (answer.action !== 'accept') return text('not deployed');
    return text(`${version} is deployed: ${String(answer.content?.reason)}`);
  });
  // #endregion

  server.registerTool('ask_in_time', {}, async (ctx) => {
    const question = {
      message: 'Are you there?',
      requestedSchema: { type: 'object' as const, properties: {} },
    };
    // #region race
    const who = await Promise.race([
      ctx.elicit('there', question).then(() => 'answered'),
      ctx.sleep('patience', '10m').then(() => 'nobody'),
    ]); // answered after 2 s: "answered" at every attempt, also after the 10 minutes
    // #endregion
    return text(who);
  });

  // #region sample
  server.registerTool('summarize', { inputSchema: { page: z.string() } }, async ({ page }, ctx) => {
    const { content } = await ctx.sample('summary', {
      messages: [{ role: 'user', content: { type: 'text', text: `Summarize: ${page}` } }],
      maxTokens: 200,
    });
    return text(content.type === 'text' ? content.text : 'no text came');
  });
  // #endregion

  return server;
}
