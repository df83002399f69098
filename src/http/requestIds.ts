/**
 * The id of a POST's request, once it has been read: a refusal of the POST names it (JSON-RPC 2.0, section
 * 5).
 */
import type { Response } from 'express';
import type { JSONRPCRequest, RequestId } from '../mcp/protocol';

const ids = new WeakMap<Response, RequestId>();

export function noteId(res: Response, { id }: JSONRPCRequest): void {
  ids.set(res, id);
}

export const idOf = (res: Response): RequestId | undefined => ids.get(res);
