/**
 * An identity provider for trying things out: `node examples/authorization/issuer.mjs [port] [opaque]`. Whoever signs in is who they
 * say, without a password. It is npm's `oidc-provider`, set up as a server of MCP needs it: PKCE, registration of clients, tokens for
 * one resource. In earnest, use the one that your people already sign in to.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const [port = '4000', format = 'jwt'] = process.argv.slice(2);
/** How long a token is valid, in seconds. */
const ttl = Number(process.env.TOKEN_TTL ?? 600);

/** The scopes of examples/authorization/server.ts. */
const SCOPES = ['notes:read', 'notes:write', 'admin'];

const server = createServer();
server.listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      // By which a node asks what an opaque token means.
      {
        client_id: 'node',
        client_secret: 'secret of the node',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    scopes: ['openid', 'offline_access', ...SCOPES],
    ttl: { AccessToken: ttl, Session: 3_600, Grant: 3_600, Interaction: 600, RefreshToken: 3_600 },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: false,
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          audience: resource,
          scope: SCOPES.join(' '),
          accessTokenTTL: ttl,
          accessTokenFormat: format,
          ...(format === 'jwt' && { jwt: { sign: { alg: 'RS256' } } }),
        }),
      },
    },
  });
  // A client registers with the scopes that it needs first; what it needs later, it may ask for all the same.
  provider.use(async (ctx, next) => {
    if (ctx.path === '/reg' && ctx.method === 'POST') {
      const { scope: _, ...metadata } = await json(ctx.req);
      ctx.req.body = metadata;
    }
    await next();
  });
  server.on('request', provider.callback());
  console.log(`ready ${issuer}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit());
