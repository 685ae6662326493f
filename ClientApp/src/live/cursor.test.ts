import { expect, test } from 'vitest';
import { batch, event, seqs } from '../testing/samples';
import { admit } from './cursor';

test('A batch that continues the stream is taken whole', () => {
  const admission = admit(3, batch(4, 6));
  expect(admission).toMatchObject({ type: 'accepted', cursor: 6 });
  expect(seqs(admission.events)).toEqual([4, 5, 6]);
});

test('What was seen before is dropped', () => {
  expect(seqs(admit(5, batch(3, 8)).events)).toEqual([6, 7, 8]);
  expect(admit(8, batch(3, 8))).toEqual({ type: 'accepted', events: [], cursor: 8 });
});

test('A batch that starts past the cursor is a gap', () => {
  expect(admit(3, batch(6, 7))).toEqual({ type: 'gap', events: [], cursor: 3, expected: 4, found: 6 });
});

test('A jump within a batch gives what came before it and tells of the gap', () => {
  const admission = admit(0, { first: 1, events: [event(1), event(2), event(5)] });
  expect(admission).toMatchObject({ type: 'gap', cursor: 2, expected: 3, found: 5 });
  expect(seqs(admission.events)).toEqual([1, 2]);
});

test('An empty batch changes nothing', () => {
  expect(admit(9, { first: 10, events: [] })).toEqual({ type: 'accepted', events: [], cursor: 9 });
});

test('However a stream is cut, repeated and overlapped, each event is taken once and in order', () => {
  // A small linear congruence, so that a failure is the same each time.
  let random = 42;
  const below = (bound: number) => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % bound;
  const taken: number[] = [];
  let cursor = 0;
  while (cursor < 500) {
    const from = Math.max(1, cursor + 1 - below(20) + (below(5) === 0 ? below(4) : 0));
    const admission = admit(cursor, batch(from, Math.min(500, from + below(30))));
    taken.push(...seqs(admission.events));
    cursor = admission.cursor;
  }
  expect(taken).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
});
