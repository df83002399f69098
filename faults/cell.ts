/** One call of a round, with its client, its gates and its ledger entries. */
import { setTimeout as pass } from 'node:timers/promises';
import { BareClient, type Entry } from 'durable-mcp/testing';
import { toolOf } from './app';
import { Caller } from './caller';
import type { Lane } from './lane';
import type { LogEntry } from './history';
import { isAsk, type Kind, type Round } from './matrix';

/** The gates of app.ts, except the gate of the ghosts. */
const GATES = [
  'again',
  'inline',
  'activity started',
  'step claimed',
  'effect done',
  'step recorded',
  'ending',
] as const;
type Gate = (typeof GATES)[number];

export class Cell {
  private constructor(
    readonly kind: Kind,
    private readonly round: Round,
    /** The prefix of the cell's ledger entries and gates. */
    private readonly name: string,
    private readonly lane: Lane,
    readonly caller: Caller,
  ) {}

  /** Opens a session, and all gates except those at which the round stops the call. */
  static async prepare(kind: Kind, round: Round, name: string, lane: Lane): Promise<Cell> {
    const client = await new BareClient(lane.node.ready).open({ elicitation: {} });
    const nodes = [lane.node.ready, lane.otherNode.ready];
    const cell = new Cell(kind, round, name, lane, new Caller(client, toolOf(kind), { cell: name }, nodes));
    cell.caller.mayAnswer = !cell.isAsk || round.point !== 'step claimed';
    GATES.filter((gate) => !cell.holds(gate)).forEach((gate) => {
      cell.open(gate);
    });
    return cell;
  }

  get isAsk(): boolean {
    return isAsk(this.kind);
  }

  get suspends(): boolean {
    return this.kind.endsWith('(suspended)');
  }

  get runsOnce(): boolean {
    return this.kind === 'at-most-once' || this.kind === 'elicitation (held by its worker)';
  }

  open(gate: Gate | 'ghost'): void {
    this.lane.ledger.open(`${this.name} ${gate}`);
  }

  /** Lets the handlers run to their end. */
  release(): void {
    this.caller.mayAnswer = true;
    GATES.forEach((gate) => {
      this.open(gate);
    });
  }

  notes(what: string): Entry[] {
    return this.lane.ledger.entries().filter((entry) => entry.what === `${this.name} ${what}`);
  }

  /** The branches that the call's attempts took, in the order of the ledger. */
  get branches(): string[] {
    const prefix = `${this.name} took `;
    const taken = this.lane.ledger.entries().filter(({ what }) => what.startsWith(prefix));
    return taken.map(({ what }) => what.slice(prefix.length));
  }

  log(): Promise<LogEntry[]> {
    return this.lane.log(this.caller.client.sessionId);
  }

  /** Describes the call for the diagnosis of a round that is stuck. */
  async describe(): Promise<string> {
    const notes = this.lane.ledger.entries().filter(({ what }) => what.startsWith(`${this.name} `));
    const log = await Promise.race([this.log(), pass(5_000, 'Temporal does not say')]).catch(String);
    const { client, events } = this.caller;
    return JSON.stringify({ session: client.sessionId, events, notes, log });
  }

  private holds(gate: Gate): boolean {
    const { point, fault, victim } = this.round;
    // Later attempts wait until the attempts of the frozen worker have ended.
    if (gate === 'again') return fault === 'freeze' && victim === 'worker';
    if (point === 'promoting') return gate === 'inline' || gate === 'activity started';
    return gate === (point === 'result recorded' ? 'ending' : point);
  }
}
