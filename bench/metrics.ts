/** The metrics of Temporal's services, from their Prometheus endpoint `/metrics`. */
export class Metrics {
  private constructor(private readonly lines: readonly string[]) {}

  static async read(port: number): Promise<Metrics> {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return new Metrics((await response.text()).split('\n'));
  }

  /** The sum of a metric over the lines that have all `labels`, written as `name="value"`. */
  sum(metric: string, ...labels: string[]): number {
    return this.matching(metric, labels).reduce((total, line) => total + valueOf(line), 0);
  }

  /** A metric of one operation of the frontend. */
  ofFrontend(metric: string, operation: string): number {
    return this.sum(metric, `operation="${operation}"`, 'service_name="frontend"');
  }

  /** As {@link sum}, separately for each value of the label `by`. */
  sums(metric: string, by: string, ...labels: string[]): Map<string, number> {
    const sums = new Map<string, number>();
    for (const line of this.matching(metric, labels)) {
      const key = new RegExp(`[{,]${by}="([^"]*)"`).exec(line)?.[1] ?? '';
      sums.set(key, (sums.get(key) ?? 0) + valueOf(line));
    }
    return sums;
  }

  private matching(metric: string, labels: string[]): string[] {
    return this.lines.filter(
      (line) => line.startsWith(`${metric}{`) && labels.every((label) => line.includes(label)),
    );
  }
}

const valueOf = (line: string): number => Number(line.split(' ').at(-1));
