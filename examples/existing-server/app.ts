/** The whole adapter: a function that builds a server. Serve it with `npx durable-mcp dev app.ts`. */
// #region app
export { createServer as default } from './server'; // a function that builds an McpServer
// #endregion
