/** A client that is compared, and its process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';

export interface Peer {
  readonly name: string;
  /** What runs its driver, which gets the configuration as its last argument. */
  readonly command: string;
  readonly args: readonly string[];
}

export interface Config {
  readonly url?: string;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly folder?: string;
  readonly redis?: string;
  readonly shared?: boolean;
}

/** How long a client may take before its silence is what was observed. */
export const PATIENCE_MS = 20_000;
const START_MS = 90_000;

const report = z.object({
  as: z.string(),
  text: z.string().optional(),
  error: z.string().optional(),
  none: z.boolean().optional(),
});
export type Report = Omit<z.infer<typeof report>, 'as'> & { readonly silent?: boolean };

type Order =
  | { readonly do: 'list' | 'recovered' | 'close' }
  | { readonly do: 'call'; readonly tool: string; readonly args: Record<string, unknown> };

export class Driver {
  private readonly reports = new Map<string, Report>();
  private readonly waiting = new Map<string, () => void>();
  private readonly exited: Promise<unknown>;
  private errors = '';
  private orders = 0;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.exited = once(child, 'close');
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => (this.errors = (this.errors + chunk.toString()).slice(-500)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { success, data } = report.safeParse(jsonOf(line));
      if (!success) return;
      this.reports.set(data.as, data);
      this.waiting.get(data.as)?.();
    });
    running.add(this);
  }

  /** Resolves when the client has connected, or says that it cannot. */
  static async start(peer: Peer, config: Config): Promise<{ driver: Driver; connected: Report }> {
    const driver = new Driver(spawn(peer.command, [...peer.args, JSON.stringify(config)]));
    const connected = await driver.report('connect', START_MS);
    if (connected.silent) throw new Error(`${peer.name} does not start: ${driver.errors}`);
    return { driver, connected };
  }

  order(order: Order, patienceMs = PATIENCE_MS): Promise<Report> {
    const as = String(++this.orders);
    this.child.stdin.write(`${JSON.stringify({ as, ...order })}\n`);
    return this.report(as, patienceMs);
  }

  call(tool: string, args: Record<string, unknown> = {}, patienceMs = PATIENCE_MS): Promise<Report> {
    return this.order({ do: 'call', tool, args }, patienceMs);
  }

  async kill(): Promise<void> {
    running.delete(this);
    this.child.kill('SIGKILL');
    // Processes below it may keep its pipes open.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
    await this.exited;
  }

  private report(as: string, patienceMs: number): Promise<Report> {
    return new Promise((resolve) => {
      const settle = (found: Report) => {
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        settle({ silent: true });
      }, patienceMs);
      const look = () => {
        const found = this.reports.get(as);
        if (found) settle(found);
      };
      this.waiting.set(as, look);
      look();
      void this.exited.then(() => {
        settle({ error: `its process ended: ${this.errors}` });
      });
    });
  }
}

const running = new Set<Driver>();
process.once('exit', () => {
  running.forEach((driver) => void driver.kill());
});

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
