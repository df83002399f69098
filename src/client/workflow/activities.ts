/** The activities that a workflow schedules for one server, each with its limits. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import { activityName, type McpActivities } from './protocol';

/** To open a session, or to have a message taken. */
const SHORT: ActivityOptions = { startToCloseTimeout: '1m', scheduleToCloseTimeout: '10m' };
/** For what is only good manners: the server would find out by itself. */
const COURTESY: ActivityOptions = { startToCloseTimeout: '10s', scheduleToCloseTimeout: '30s' };

export interface CallLimits {
  readonly timeout: Duration;
  readonly heartbeat: Duration;
}

export type Activities = ReturnType<typeof activitiesOf>;

export function activitiesOf(server: string, { timeout, heartbeat }: CallLimits) {
  function proxy<Name extends keyof McpActivities>(
    name: Name,
    options: ActivityOptions,
    summary: string,
  ): McpActivities[Name] {
    const type = activityName(server, name);
    const retry = { initialInterval: '1s', maximumInterval: '30s' } as const;
    return proxyActivities<Record<string, McpActivities[Name]>>({ ...options, summary, retry })[
      type
    ] as McpActivities[Name];
  }

  return {
    open: proxy('open', SHORT, server),
    request: (summary: string) =>
      proxy('request', { scheduleToCloseTimeout: timeout, heartbeatTimeout: heartbeat }, summary),
    answer: proxy('tell', SHORT, 'answer'),
    cancel: proxy('tell', COURTESY, 'cancel'),
    end: proxy('end', COURTESY, server),
  };
}
