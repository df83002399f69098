/** The names of the measured subjects, as samples use them. */

/** The product, with its default way of answering calls or with another one. */
export type ProductName = 'product' | 'product-json' | 'product-once' | 'product-none';

export type FloorName = 'floor' | `floor-${string}`;

export type SubjectName =
  | ProductName
  | FloorName
  | 'signal'
  | 'update'
  | 'memory'
  | 'redis'
  | 'fastmcp'
  | 'fastmcp-everysec'
  | 'mcp-agent'
  | 'mcp-agent-activity';
