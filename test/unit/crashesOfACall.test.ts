/** The crashes of a call are counted over all of its attempts, also if a new execution continues the call. */
import { expect, test } from '@jest/globals';
import { CallJournal } from '../../src/model/callJournal';

test('crashes after a step count, where those before it had been followed by another execution', () => {
  const journal = new CallJournal();
  journal.open({ attempt: 3, endedWell: 0 }, 0);
  expect(journal.crashes).toBe(2);
  journal.record({ call: '1', attempt: 3, step: 'a', kind: 'atLeastOnce', outcome: {} }, 0);
  expect(journal.crashes).toBe(0);

  const { endedWell } = journal; // part of the input of the next execution
  const next = new CallJournal(journal.snapshot());
  next.open({ attempt: 6, endedWell }, 0);
  expect(next.crashes).toBe(2); // of attempts 4 and 5
});
