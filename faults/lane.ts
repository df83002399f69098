/** One cluster with its own Temporal, two nodes and one worker. Rounds run on it one after another. */
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Cluster, until, type RunningCommand } from 'durable-mcp/testing';
import { logOf, type LogEntry } from './history';

export class Lane {
  private readonly dead = new Set<RunningCommand>();
  private temporalIsDead = false;

  private constructor(
    readonly cluster: Cluster,
    private readonly connection: Connection,
    /** The node to which clients connect first, and the other node. */
    private a: RunningCommand,
    private b: RunningCommand,
    /** The worker that runs all calls of a round when the fault strikes. */
    public worker: RunningCommand,
  ) {}

  static async start(): Promise<Lane> {
    const cluster = await Cluster.start({
      app: path.join(__dirname, 'app.ts'),
      temporal: 'own',
      workers: 1,
      workerArgs: ['--suspend-after', '300ms'],
    });
    const connection = await Connection.connect({ address: cluster.address });
    const [a, b] = cluster.nodes;
    const [worker] = cluster.workers;
    if (!a || !b || !worker) throw new Error('The cluster lacks a part.');
    return new Lane(cluster, connection, a, b, worker);
  }

  get node(): RunningCommand {
    return this.a;
  }

  get otherNode(): RunningCommand {
    return this.b;
  }

  get ledger() {
    return this.cluster.ledger;
  }

  /** The process ids of the workers that are alive. */
  livingWorkers(): number[] {
    return this.cluster.workers.filter((worker) => !this.dead.has(worker)).map(({ pid }) => pid);
  }

  /** Reads the session's history. Temporal must be up. */
  log(sessionId: string): Promise<LogEntry[]> {
    return logOf(new Client({ connection: this.connection }), sessionId);
  }

  /** Thaws what was frozen to keep the calls at their point. */
  goOn(...whom: ('node' | 'worker' | 'Temporal')[]): void {
    if (whom.includes('node')) this.node.thaw();
    if (whom.includes('worker')) this.worker.thaw();
    if (whom.includes('Temporal')) this.cluster.temporal.thaw();
  }

  async kill(command: RunningCommand): Promise<void> {
    this.dead.add(command);
    await command.kill();
  }

  async killTemporal(): Promise<void> {
    this.temporalIsDead = true;
    await this.cluster.temporal.kill();
  }

  async restartTemporal(): Promise<void> {
    if (this.temporalIsDead) await this.cluster.temporal.restart();
    this.temporalIsDead = false;
  }

  /** Restarts the killed nodes, on their ports. */
  async restartNodes(): Promise<void> {
    const again = async (node: RunningCommand) =>
      this.dead.has(node) ? this.cluster.startNode(new URL(node.ready).port) : node;
    [this.a, this.b] = await Promise.all([again(this.a), again(this.b)]);
  }

  /** Starts a worker as the current one. The previous worker may still be alive. */
  async startWorker(): Promise<void> {
    this.worker = await this.cluster.startWorker();
  }

  /** Restores the lane to its initial state after any fault. */
  async restore(): Promise<void> {
    if (!this.temporalIsDead) this.cluster.temporal.thaw();
    [this.a, this.b, ...this.cluster.workers].forEach((command) => {
      command.thaw();
    });
    await this.restartTemporal();
    await this.restartNodes();
    const others = this.cluster.workers.filter((worker) => worker !== this.worker && !this.dead.has(worker));
    await Promise.all(others.map((worker) => this.kill(worker)));
    if (this.dead.has(this.worker)) await this.startWorker();
    for (const { ready } of [this.a, this.b]) {
      await until(async () => (await fetch(new URL('/health', ready))).ok);
    }
  }

  async stop(): Promise<void> {
    if (!this.temporalIsDead) this.cluster.temporal.thaw();
    await this.connection.close();
    await this.cluster.stop();
  }
}
