import { expect, test } from 'vitest';
import { ago, clock, duration } from './time';

test.each([
  [-5_000, '0s'],
  [59_999, '59s'],
  [187_000, '3m 07s'],
  [7_500_000, '2h 05m'],
  [360_000_000, '4d 4h'],
])('%d ms last %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, 'just now'],
  [300_000, '5 min ago'],
  [10_800_000, '3 h ago'],
  [90_000_000, 'yesterday'],
  [200_000_000, '2 days ago'],
])('%d ms are %s', (ms, text) => {
  expect(ago(ms)).toBe(text);
});

test('A time that is none reads as nothing', () => {
  expect(clock('soon')).toBe('');
});
