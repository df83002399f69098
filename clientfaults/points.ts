/** What the matrix is made of: where the client stands when it is killed, and what it talks to. */

/** Each names the moment of the kill, in the words of docs/client.md. */
export const POINTS = {
  'before send': 'the call is in the store, no byte has left',
  'sent, then lost': 'the bytes have left, and never reach the server',
  'sent, arrives late': 'the bytes have left, and reach the server after the client’s death',
  accepted: 'the handler has begun',
  answered: 'the answer has been written, and was not read',
  'question open': 'the server’s question was asked, and not answered',
  resumed: 'the stream was cut, and resumed once',
} as const;
export type Point = keyof typeof POINTS;

export const SERVERS = ['durable-mcp', 'SDK over HTTP', 'SDK over stdio'] as const;
export type ServerName = (typeof SERVERS)[number];

/** Both calls stand at the point when their client is killed. */
export const KINDS = ['with a key', 'without a key'] as const;
export type Kind = (typeof KINDS)[number];

/** A child process has no streams to resume. */
export const exists = (point: Point, server: ServerName): boolean =>
  !(server === 'SDK over stdio' && point === 'resumed');

export interface Round {
  readonly point: Point;
  readonly server: ServerName;
  readonly number: number;
}

/** Point by point, so that a first look at every cell does not take long. */
export const roundsOf = (rounds: number, servers: readonly ServerName[] = SERVERS): Round[] =>
  Array.from({ length: rounds }, (_, i) => i + 1).flatMap((number) =>
    (Object.keys(POINTS) as Point[]).flatMap((point) =>
      servers.filter((server) => exists(point, server)).map((server) => ({ point, server, number })),
    ),
  );

export const nameOf = ({ point, server, number }: Round): string => `${server}, ${point}, round ${number}`;

/** The call's name in the ledger, and in its receipt. */
export const callOf = (round: Round, kind: Kind | 'afterwards'): string =>
  `${round.point} ${round.number} ${kind}`.replace(/[^a-z0-9]+/g, '-');
