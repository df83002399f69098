/** Serves the metadata by which clients find the issuers of access tokens (RFC 9728). */
import type { RequestHandler } from 'express';
import type { Authentication } from '../auth/authentication';
import { metadataPathsOf } from '../auth/resource';

const MAX_AGE_S = 300;

/** Any web page may read the metadata: it has no secrets, and clients read it before they have a credential. */
const FOR_ALL = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET',
  'Access-Control-Allow-Headers': '*',
};

export function protectedResource(authentication: Authentication, endpoint: string): RequestHandler {
  const { metadata, resource } = authentication;
  const paths = new Set(metadata && resource !== undefined ? metadataPathsOf(resource, endpoint) : []);
  return (req, res, next) => {
    if (!paths.has(req.path)) return void next();
    res.set(FOR_ALL);
    if (req.method === 'OPTIONS') return void res.status(204).end();
    if (req.method !== 'GET' && req.method !== 'HEAD') return void next();
    res.set('Cache-Control', `public, max-age=${MAX_AGE_S}`).json(metadata);
  };
}
