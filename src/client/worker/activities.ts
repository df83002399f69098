/** The activities of MCP clients in workflows, for workers that use no plugins. */
import { Context } from '@temporalio/activity';
import { activityName } from '../workflow/protocol';
import { Connections, type Connection } from './connections';
import { failureOf } from './failures';
import { endSession, openSession } from './open';
import { request } from './request';
import type { McpServersOptions } from './servers';
import { tellServer } from './tell';

export type McpActivityFunctions = Record<string, (input: never) => Promise<unknown>>;

/**
 * @example
 * await Worker.create({ ..., activities: { ...mine, ...mcpActivities({ servers: { shop: { url } } }) } });
 */
export const mcpActivities = (options: McpServersOptions): McpActivityFunctions => serve(options).activities;

interface Served {
  readonly activities: McpActivityFunctions;
  /** Closes the connections. */
  close(): Promise<void>;
}

export function serve({ servers }: McpServersOptions): Served {
  const all: Connections[] = [];
  const activities = Object.entries(servers).flatMap(([name, source]) => {
    const connections = new Connections(source);
    all.push(connections);
    return activitiesOf(name, connections);
  });
  return {
    activities: Object.fromEntries(activities),
    close: async () => {
      await Promise.all(all.map((connections) => connections.close()));
    },
  };
}

function activitiesOf(server: string, connections: Connections) {
  const activity =
    <Input extends { readonly arg?: unknown }>(
      act: (connection: Connection, input: Input, context: Context) => Promise<unknown>,
    ) =>
    (input: Input) => {
      const context = Context.current();
      return connections
        .use(input.arg, (connection) => act(connection, input, context))
        .catch((error: unknown) => {
          throw failureOf(error);
        });
    };
  return [
    [activityName(server, 'open'), activity(openSession)],
    [activityName(server, 'request'), activity(request)],
    [activityName(server, 'tell'), activity(tellServer)],
    [activityName(server, 'end'), activity(endSession)],
  ] as const;
}
