/**
 * Where clients are driven: against two nodes behind a balancer, or against one node directly. Both have the
 * same workers.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type RunningCommand } from 'durable-mcp/testing';
import { Address } from './address';

const APP = path.join(__dirname, 'app.ts');
/**
 * One more than the clients that are checked together: when the workers that run their calls die, one
 * survives.
 */
const WORKERS = 4;
/** From the end of the only node to the moment when its successor serves. */
const DOWN_MS = 2_000;

export const PLACES = ['two nodes', 'one node'] as const;
export type PlaceName = (typeof PLACES)[number];

export class Place {
  private constructor(
    readonly name: PlaceName,
    private readonly cluster: Cluster,
    /** The address of the only node. */
    private readonly address?: Address,
  ) {}

  static async start(name: PlaceName, temporal?: string): Promise<Place> {
    const nodes = name === 'one node' ? 1 : 2;
    const cluster = await Cluster.start({ app: APP, nodes, workers: WORKERS, temporal });
    if (name === 'two nodes') return new Place(name, cluster);
    const address = new Address();
    await address.open(cluster.nodes[0]?.ready ?? '');
    return new Place(name, cluster, address);
  }

  get url(): string {
    return this.address?.url ?? this.cluster.url;
  }

  /** Whether the call `name` is running or has run. */
  hasBegun(name: string): boolean {
    return this.cluster.ledger.find(name) !== undefined;
  }

  /**
   * Kills the workers that run the calls `names`, then starts as many. The calls continue on the surviving
   * worker: on a busy machine a start takes longer than the rest of a client's own timeout. (Java's: 20 s for
   * a call of 10 s)
   */
  async killWorkersOf(names: readonly string[]): Promise<void> {
    const { workers, ledger } = this.cluster;
    const pids = new Set(names.map((name) => ledger.find(name)?.pid));
    const victims = workers.filter(({ pid }) => pids.has(pid));
    workers.splice(0, Infinity, ...workers.filter((worker) => !victims.includes(worker)));
    await killAll(victims);
    await Promise.all(victims.map(() => this.cluster.startWorker()));
  }

  /**
   * Resolves with a function that kills all nodes, among them every node that holds a client's stream. The
   * successors are started first, so that their start-up time does not matter: behind the balancer they serve
   * at once, at the only node's address after `DOWN_MS`.
   */
  async prepareToKillNodes(): Promise<() => Promise<void>> {
    const { nodes } = this.cluster;
    const victims = [...nodes];
    await Promise.all(victims.map(() => this.cluster.startNode()));
    const successors = nodes.splice(victims.length); // the balancer does not use them yet
    return async () => {
      const isOver = sleep(DOWN_MS);
      nodes.splice(0, Infinity, ...successors);
      await Promise.all([killAll(victims), this.address?.close()]);
      await isOver;
      await this.address?.open(successors[0]?.ready ?? '');
    };
  }

  async stop(): Promise<void> {
    await this.address?.close();
    await this.cluster.stop();
  }
}

async function killAll(commands: RunningCommand[]): Promise<void> {
  await Promise.all(commands.map((command) => command.kill()));
}
