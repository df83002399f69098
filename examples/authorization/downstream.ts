/** A tool that calls another service in its caller's name, with a token that is for that service (RFC 8693). */
import { DurableMcpServer, type DownstreamToken } from 'durable-mcp';

interface Service {
  /** Gives out tokens for other audiences to those whom it trusts. */
  exchange(subject: string, audience: string): Promise<string>;
  fetchBill(token: string): Promise<number>;
}

export const appWith = (service: Service) =>
  function app() {
    // #region downstream
    // In a worker: the caller's own token is not here, and must not be passed on.
    const downstreamToken: DownstreamToken = (caller, { audience }) =>
      service.exchange(caller.subject, audience);
    const server = new DurableMcpServer({ name: 'bills', version: '1.0.0' }, { downstreamToken });

    server.registerTool('bill', { scopes: ['bills'] }, async (ctx) => {
      const amount = await ctx.atLeastOnce('fetch the bill', async (step) => {
        const token = await step.downstreamToken('https://bills.example.com');
        return service.fetchBill(token); // the token ends here: only the amount is recorded
      });
      return { content: [{ type: 'text', text: `${ctx.auth?.subject} owes ${amount}` }] };
    });
    // #endregion

    server.registerTool('leak', {}, async (ctx) => {
      const token = await ctx.atLeastOnce('get a token', (step) =>
        step.downstreamToken('https://bills.example.com'),
      );
      return { content: [{ type: 'text', text: token }] };
    });
    return server;
  };
