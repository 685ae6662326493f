import { expect, test } from 'vitest';
import { events, seqs } from '../testing/samples';
import { emptyWindow, hasEarlier, reduceWindow, type EventWindow } from './eventWindow';

const following = (from: number, to: number, max = 10): EventWindow => ({ ...emptyWindow(0, max), events: events(from, to), head: to });

test('Live events are appended', () => {
  const window = reduceWindow(following(1, 3), { type: 'live', events: events(4, 5) });
  expect(seqs(window.events)).toEqual([1, 2, 3, 4, 5]);
  expect(window.head).toBe(5);
});

test('Events that are in it already are not doubled', () => {
  const before = following(1, 3);
  expect(reduceWindow(before, { type: 'live', events: events(2, 3) })).toBe(before);
  expect(seqs(reduceWindow(before, { type: 'live', events: events(2, 4) }).events)).toEqual([1, 2, 3, 4]);
});

test('A full window forgets its oldest, down to nine tenths', () => {
  const window = reduceWindow(following(1, 10), { type: 'live', events: events(11, 12) });
  expect(seqs(window.events)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(window.detached).toBe(false);
});

test('A flood greater than the window leaves its end', () => {
  const window = reduceWindow(emptyWindow(0, 10), { type: 'live', events: events(1, 100_000) });
  expect(seqs(window.events)).toEqual([99_992, 99_993, 99_994, 99_995, 99_996, 99_997, 99_998, 99_999, 100_000]);
});

test('An earlier page goes in front', () => {
  const window = reduceWindow(following(5, 7), { type: 'earlier', events: events(3, 5) });
  expect(seqs(window.events)).toEqual([3, 4, 5, 6, 7]);
  expect(window.detached).toBe(false);
});

test('An earlier page that overfills it takes the newest away and detaches it', () => {
  const window = reduceWindow(following(11, 18), { type: 'earlier', events: events(5, 10) });
  expect(seqs(window.events)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(window).toMatchObject({ detached: true, head: 18 });
});

test('Detached, live events are only counted', () => {
  const detached = { ...following(1, 5), head: 9, detached: true };
  const window = reduceWindow(detached, { type: 'live', events: events(10, 12) });
  expect(window.events).toBe(detached.events);
  expect(window.head).toBe(12);
});

test('Later pages lead a detached window back to the end', () => {
  const first = reduceWindow({ ...following(1, 5), head: 9, detached: true }, { type: 'later', events: events(6, 8) });
  expect(first.detached).toBe(true);
  const second = reduceWindow(first, { type: 'later', events: events(9, 9) });
  expect(second.detached).toBe(false);
  expect(seqs(second.events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('Following again replaces it by the newest page', () => {
  const window = reduceWindow({ ...following(1, 5), head: 90, detached: true }, { type: 'follow', events: events(85, 90) });
  expect(seqs(window.events)).toEqual([85, 86, 87, 88, 89, 90]);
  expect(window.detached).toBe(false);
});

test('A newest page that the stream has overtaken stays detached', () => {
  expect(reduceWindow({ ...following(1, 5), head: 95, detached: true }, { type: 'follow', events: events(85, 90) }).detached).toBe(true);
});

test.each([
  [emptyWindow(0), false],
  [emptyWindow(5), true],
  [following(1, 3), false],
  [following(2, 3), true],
])('Whether there is an earlier page (%#)', (window, expected) => {
  expect(hasEarlier(window)).toBe(expected);
});
