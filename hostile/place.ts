/**
 * A cluster with a process manager, which restarts a process half a second after its death, as `durable-mcp
 * dev` does.
 */
import path from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Cluster, type RunningCommand } from 'durable-mcp/testing';
import type { Attack } from './attack';

const RESTART_DELAY_MS = 500;
const OF_EACH = 2;

export type Role = 'node' | 'worker';

export class Place {
  /** The roles of the processes that have died, in order. */
  readonly deaths: Role[] = [];
  /** The nodes' addresses, the same after restarts. */
  readonly urls: readonly string[];
  private stopping = false;
  private readonly restarts = new Set<Promise<void>>();

  private constructor(
    private readonly cluster: Cluster,
    private readonly connection: Connection,
  ) {
    this.urls = cluster.nodes.map(({ ready }) => ready);
    cluster.nodes.forEach((node) => {
      this.keep('node', node);
    });
    cluster.workers.forEach((worker) => {
      this.keep('worker', worker);
    });
  }

  static async start({ nodeArgs = [] }: Attack): Promise<Place> {
    const app = path.join(__dirname, 'app.ts');
    const cluster = await Cluster.start({
      app,
      temporal: 'own',
      nodes: OF_EACH,
      workers: OF_EACH,
      nodeArgs,
    });
    return new Place(cluster, await Connection.connect({ address: cluster.address }));
  }

  /** The address of Temporal's frontend. */
  get address(): string {
    return this.cluster.address;
  }

  /** The process ids of a role that are alive. */
  pids(role: Role): number[] {
    return this.listOf(role).map(({ pid }) => pid);
  }

  get isWhole(): boolean {
    return this.listOf('node').length === OF_EACH && this.listOf('worker').length === OF_EACH;
  }

  /** The number of running workflows; `undefined` while Temporal does not answer. */
  async runningWorkflows(): Promise<number | undefined> {
    const { workflow } = new Client({ connection: this.connection });
    const counted = this.connection.withDeadline(Date.now() + 5_000, () =>
      workflow.count("ExecutionStatus = 'Running'"),
    );
    return counted.then(
      ({ count }) => count,
      () => undefined,
    );
  }

  /** The last output lines of the processes, for the diagnosis of an attack. */
  lastWords(lines: number): string {
    const commands = [...this.listOf('node'), ...this.listOf('worker')];
    return commands
      .map(({ pid, output }) => `${pid}: ${output().trimEnd().split('\n').slice(-lines).join('\n')}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.restarts);
    await this.connection.close();
    await this.cluster.stop();
  }

  private listOf(role: Role): RunningCommand[] {
    return role === 'node' ? this.cluster.nodes : this.cluster.workers;
  }

  private keep(role: Role, command: RunningCommand): void {
    void command.exited.then(() => {
      if (this.stopping) return;
      this.deaths.push(role);
      const list = this.listOf(role);
      list.splice(list.indexOf(command), 1);
      const restart = this.startAgain(role, command).finally(() => this.restarts.delete(restart));
      this.restarts.add(restart);
    });
  }

  private async startAgain(role: Role, { ready }: RunningCommand): Promise<void> {
    for (;;) {
      await pass(RESTART_DELAY_MS);
      if (this.stopping) return;
      const start =
        role === 'node' ? this.cluster.startNode(new URL(ready).port) : this.cluster.startWorker();
      const next = await start.catch(() => undefined);
      if (next) return this.keep(role, next);
      this.deaths.push(role);
    }
  }
}
