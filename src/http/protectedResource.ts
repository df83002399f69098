/** The metadata by which clients find the issuers of tokens (RFC 9728). */
import { Router } from 'express';
import type { Authentication } from '../auth/authentication';
import { metadataPathsOf } from '../auth/resource';

const MAX_AGE_S = 300;

/** Any page may read it: it has no secrets, and is read before a client is known. */
export function protectedResource(authentication: Authentication, endpoint: string): Router {
  const router = Router();
  const { metadata, resource } = authentication;
  if (metadata === undefined || resource === undefined) return router;
  return router.get(metadataPathsOf(resource, endpoint), (_req, res) => {
    res.set({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': `public, max-age=${MAX_AGE_S}` });
    res.json(metadata);
  });
}
