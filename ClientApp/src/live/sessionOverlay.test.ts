import { expect, test } from 'vitest';
import { sample } from '../testing/samples';
import { emptyOverlay, hear, overlaid, unlisted } from './sessionOverlay';

const running = sample({ lastSeq: 5, state: 'running' });
const stopped = sample({ lastSeq: 8, state: 'stopped' });

test('A newer telling stands for the listed one', () => {
  expect(overlaid([running], 100, hear(emptyOverlay, stopped, 50))[0]?.state).toBe('stopped');
});

test('A listed one that is newer stays', () => {
  expect(overlaid([stopped], 100, hear(emptyOverlay, running, 200))[0]?.state).toBe('stopped');
});

test('Of equals the one heard later counts', () => {
  const retitled = { ...running, title: 'Renamed' };
  expect(overlaid([running], 100, hear(emptyOverlay, retitled, 200))[0]?.title).toBe('Renamed');
  expect(overlaid([retitled], 300, hear(emptyOverlay, running, 200))[0]?.title).toBe('Renamed');
});

test('An older telling does not take the place of a newer one', () => {
  const overlay = hear(emptyOverlay, stopped, 1);
  expect(hear(overlay, running, 2)).toBe(overlay);
});

test('A session that only the stream knows is not shown, but asks for the list', () => {
  const overlay = hear(emptyOverlay, sample({ id: 's2' }), 200);
  expect(overlaid([running], 100, overlay)).toEqual([running]);
  expect(unlisted([running], 100, overlay)).toBe(true);
});

test('A list read after the telling is not asked for again', () => {
  expect(unlisted([running], 300, hear(emptyOverlay, sample({ id: 'deleted' }), 200))).toBe(false);
});
