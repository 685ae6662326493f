import { expect, test } from 'vitest';
import { sample } from '../../testing/samples';
import { byLane, matches } from './stateInfo';

test('Each word of the filter has to be somewhere', () => {
  const session = sample({ title: 'Fix the flaky test', repo: 'admin/web', state: 'needsInput' });
  expect(matches(session, '')).toBe(true);
  expect(matches(session, 'WEB  flaky')).toBe(true);
  expect(matches(session, 'needs input')).toBe(true);
  expect(matches(session, 'web payments')).toBe(false);
});

test('Lanes hold the newest first', () => {
  const old = sample({ id: 'old', createdAt: '2026-11-20T00:00:00Z' });
  const young = sample({ id: 'young', createdAt: '2026-11-22T00:00:00Z' });
  expect(byLane([old, young]).working.map((session) => session.id)).toEqual(['young', 'old']);
});
