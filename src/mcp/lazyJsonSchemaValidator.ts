/**
 * The SDK's own validator, made when it is first needed: making one takes nearly all of the time that a server's construction takes, and a
 * server is constructed for each request. Servers of SDK 1.20, which have no such option, take no notice of it.
 */
import { AjvJsonSchemaValidator } from 'mcp-sdk-1/validation/ajv-provider.js';
import type { jsonSchemaValidator } from 'mcp-sdk-1/validation/types.js';

export const lazyJsonSchemaValidator: jsonSchemaValidator = {
  getValidator: (schema) => new AjvJsonSchemaValidator().getValidator(schema),
};
