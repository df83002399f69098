/** What Temporal's frontend says of itself: its `/metrics`, which Prometheus reads. */
const LONG_POLLS = 'service_pending_requests';
const REFUSED = 'service_errors_resource_exhausted';
/** `GetWorkflowExecutionHistory` that waits for new events. */
const OPERATION = 'operation="PollWorkflowExecutionHistory"';

export interface FrontendMetrics {
  /** That wait for new history now. */
  readonly longPolls: number;
  /** Since it was started: those that were over one of its limits. */
  readonly refused: number;
}

export async function frontendMetrics(port: number): Promise<FrontendMetrics> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line.includes(OPERATION));
  const sum = (metric: string) =>
    lines
      .filter((line) => line.startsWith(`${metric}{`) && line.includes('service_name="frontend"'))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { longPolls: sum(LONG_POLLS), refused: sum(REFUSED) };
}
