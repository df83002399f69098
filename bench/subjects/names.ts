/** What is measured, by the names that samples have. */

/** The product, as it answers a call by itself, or as it is asked to. */
export type ProductName = 'product' | 'product-json' | 'product-short' | 'product-none';

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
