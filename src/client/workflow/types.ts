/** MCP's shapes as a workflow sees them: as far as every revision with sessions has them. (Specification 2025-11-25, schema) */

interface Open {
  readonly [name: string]: unknown;
}

export interface Tool extends Open {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: {
    readonly type: 'object';
    readonly properties?: { readonly [name: string]: object };
    readonly required?: readonly string[];
    readonly [keyword: string]: unknown;
  };
  readonly annotations?: { readonly readOnlyHint?: boolean; readonly idempotentHint?: boolean } & Open;
}

export interface ContentBlock extends Open {
  readonly type: string;
  /** Of a block of type `text`. */
  readonly text?: string;
}

export interface CallToolResult extends Open {
  readonly content: ContentBlock[];
  readonly structuredContent?: { [name: string]: unknown };
  /** Whether the tool failed. */
  readonly isError?: boolean;
}

export interface Resource extends Open {
  readonly uri: string;
  readonly name: string;
  readonly mimeType?: string;
}

export interface ResourceTemplate extends Open {
  readonly uriTemplate: string;
  readonly name: string;
}

export interface ReadResourceResult extends Open {
  readonly contents: readonly (Open & {
    readonly uri: string;
    readonly mimeType?: string;
    readonly text?: string;
    readonly blob?: string;
  })[];
}

export interface Prompt extends Open {
  readonly name: string;
  readonly description?: string;
}

export interface GetPromptResult extends Open {
  readonly description?: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: ContentBlock }[];
}

export interface CompletionReference {
  readonly type: 'ref/prompt' | 'ref/resource';
  readonly name?: string;
  readonly uri?: string;
}

export interface CompleteResult extends Open {
  readonly completion: { readonly values: readonly string[]; readonly hasMore?: boolean };
}

/** A question for a person. */
export interface ElicitParams extends Open {
  /** `url`: the person answers on a web page. Default: `form`. */
  readonly mode?: 'form' | 'url';
  readonly message: string;
  readonly requestedSchema?: object;
  readonly url?: string;
}

export interface ElicitResult {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: { readonly [name: string]: string | number | boolean | readonly string[] };
}

/** A question for a model. */
export interface SampleParams extends Open {
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: unknown }[];
  readonly maxTokens: number;
}

export interface SampleResult extends Open {
  readonly role: 'assistant';
  readonly content: unknown;
  readonly model: string;
}
