/** The authorization options of nodes (docs/authorization.md). */
import { ALGORITHMS } from '../auth/jwt';
import * as kinds from './optionKinds';
import { option, optional } from './optionSpec';

export const AUTH_OPTIONS = {
  auth: option({
    kind: kinds.on,
    description:
      'let everybody in, also where the node can be reached from other machines, because the network or a proxy keeps strangers out',
    default: true,
  }),
  publicUrl: optional({
    kind: kinds.httpUrl,
    description: 'the URL of the MCP endpoint, as clients have it; access tokens must be for it',
  }),
  authIssuer: option({
    kind: kinds.httpUrls,
    description:
      'who gives out access tokens (OAuth 2.1), exactly as its metadata names itself (repeatable); needs --public-url',
    default: [],
  }),
  authScope: option({
    kind: kinds.scopes,
    description: 'a scope that every request needs (repeatable)',
    default: [],
  }),
  authImplies: option({
    kind: kinds.impliedScopes,
    description: 'narrower scopes that a broader one implies: admin=read,write (repeatable)',
    default: {},
  }),
  authClaim: option({
    kind: kinds.called('name', kinds.texts),
    description:
      'a claim of access tokens that handlers get and Temporal keeps with each call (repeatable; default: none)',
    default: [],
  }),
  authAlgorithm: option({
    kind: kinds.manyOf('alg', ALGORITHMS),
    description: 'an algorithm of signatures to accept (repeatable; default: all that use a public key)',
    default: [],
  }),
  introspectionClient: optional({
    kind: kinds.called('id', kinds.text),
    description:
      'accept opaque tokens too: the client by which the one issuer is asked what they mean (RFC 7662); its secret is DURABLE_MCP_INTROSPECTION_SECRET',
    env: 'DURABLE_MCP_INTROSPECTION_CLIENT',
  }),
  authKeys: option({
    kind: kinds.flag,
    description: 'accept the API keys of `durable-mcp keys`, in the folder --data',
    default: false,
  }),
  hashPrincipal: option({
    kind: kinds.flag,
    description:
      "keep callers' names out of Temporal's lists: McpPrincipal is an HMAC of it, with the key DURABLE_MCP_PRINCIPAL_KEY",
    default: false,
  }),
} as const;

export const AUTH = [
  'auth',
  'publicUrl',
  'authIssuer',
  'authScope',
  'authImplies',
  'authClaim',
  'authAlgorithm',
  'introspectionClient',
  'authKeys',
  'hashPrincipal',
] as const satisfies readonly (keyof typeof AUTH_OPTIONS)[];
