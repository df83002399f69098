/**
 * The SDK's own validator, created at its first use: creating one takes nearly all of the time that
 * constructing a server takes, and a server is constructed for each request. Servers of SDK 1.20, which have
 * no such option, ignore it.
 */
import { AjvJsonSchemaValidator } from 'mcp-sdk-1/validation/ajv-provider.js';
import type { jsonSchemaValidator } from 'mcp-sdk-1/validation/types.js';

export const lazyJsonSchemaValidator: jsonSchemaValidator = {
  getValidator: (schema) => new AjvJsonSchemaValidator().getValidator(schema),
};
