/** An attacker with access to Temporal sends a session signals that no node sends. */
import { Client, Connection } from '@temporalio/client';
import type { Attack } from '../attack';

const SIGNALS = [
  'request',
  'clientMessage',
  'logLevel',
  'listen',
  'leave',
  'heard',
  'subscription',
  'notify',
  'emit',
  'record',
  'end',
];
const UPDATES = ['shortRequest', 'openAttempt', 'claim', 'setState'];
const NO_PAYLOAD: unknown[] = [];
const PAYLOADS = [
  NO_PAYLOAD,
  [null],
  ['text'],
  [7],
  [{}],
  [[]],
  [{ message: { id: 1 }, call: 1, emits: 3, uri: {} }],
];
const WORDS = [...SIGNALS, ...UPDATES].flatMap((name) => PAYLOADS.map((args) => ({ name, args })));
const PATIENCE_MS = 5_000;

export const TEMPORAL: readonly Attack[] = [
  {
    name: 'malformed signals',
    what: 'A Temporal client sends malformed signals and updates (no payload, a wrong one) to sessions of its own, which then call a tool.',
    async run(field) {
      const connection = await Connection.connect({ address: field.ground.temporal });
      const { workflow } = new Client({ connection });
      await field.again(4, async (n) => {
        const word = WORDS[n % WORDS.length];
        if (!word) return;
        const { name, args } = word;
        const client = await field.session();
        if (field.isOver) return;
        const handle = workflow.getHandle(`mcp-session-${client.sessionId}`);
        const told = UPDATES.includes(name)
          ? handle.startUpdate(name, { args: args as [unknown], waitForStage: 'ACCEPTED' })
          : handle.signal(name, ...args);
        void told.catch(() => undefined);
        const status = await field.send(
          client,
          client.callMessage(1, 'echo', { value: 'x' }),
          field.within(PATIENCE_MS),
        );
        if (status === 0 && !field.isOver) field.count(`none after ${name}`);
      });
      await connection.close();
    },
  },
];
