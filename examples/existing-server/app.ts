/** The whole adapter: a function that builds a server. Serve it with `npx durable-mcp dev app.ts`. */
// #region app
import { createServer } from './server';

export default () => createServer();
// #endregion
