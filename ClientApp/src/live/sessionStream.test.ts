import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeHub } from '../testing/fakeHub';
import { batch, event, events, seqs } from '../testing/samples';
import { SessionStream } from './sessionStream';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const frame = 50;

function open({ after = 0, windowMax = 20_000, head = 100_000 } = {}) {
  const hub = new FakeHub();
  const readPage = vi.fn((from: number, limit: number) => Promise.resolve(events(from + 1, Math.min(head, from + limit))));
  const stream = new SessionStream({ hub, sessionId: 's1', after, readPage, windowMax });
  const close = stream.open();
  const watch = hub.of('session/s1');
  const next = (...args: Parameters<typeof batch>) => watch.watcher.next(batch(...args));
  const shown = () => seqs(stream.snapshot().window.events);
  return { hub, stream, close, watch, next, shown, readPage };
}

test('Batches within a frame are shown together', () => {
  const { stream, next, shown } = open();
  const listener = vi.fn();
  stream.subscribe(listener);
  next(1, 2);
  next(3, 3);
  expect(listener).not.toHaveBeenCalled();
  vi.advanceTimersByTime(frame);
  expect(listener).toHaveBeenCalledOnce();
  expect(shown()).toEqual([1, 2, 3]);
});

test('After a reconnect nothing is doubled', () => {
  const { next, shown } = open();
  next(1, 3);
  next(2, 5);
  vi.advanceTimersByTime(frame);
  expect(shown()).toEqual([1, 2, 3, 4, 5]);
});

test('A gap asks again from the last contiguous event, and is filled', () => {
  const { watch, next, shown } = open();
  next(1, 3);
  next(6, 7);
  expect(watch.startedAfter).toEqual([0, 3]);
  next(4, 7);
  vi.advanceTimersByTime(frame);
  expect(shown()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('A gap that the log itself has is accepted when it is answered twice', () => {
  const { watch, next, shown } = open();
  next(1, 3);
  next(6, 7);
  next(6, 7);
  vi.advanceTimersByTime(frame);
  expect(watch.startedAfter).toEqual([0, 3]);
  expect(shown()).toEqual([1, 2, 3, 6, 7]);
});

test('A long stream begins near its end, and what came before is loaded when asked', async () => {
  const { stream, watch, next, shown, readPage } = open({ after: 5_000 });
  expect(watch.startedAfter).toEqual([5_000]);
  next(5_001, 5_002);
  vi.advanceTimersByTime(frame);
  await stream.loadEarlier();
  expect(readPage).toHaveBeenCalledWith(4_000, 1_000);
  expect(shown()[0]).toBe(4_001);
  expect(shown()).toHaveLength(1_002);
});

test('The first page of a stream is not asked for past its beginning', async () => {
  const { stream, next, readPage } = open({ after: 300 });
  next(301, 301);
  vi.advanceTimersByTime(frame);
  await stream.loadEarlier();
  expect(readPage).toHaveBeenCalledWith(0, 300);
  await stream.loadEarlier();
  expect(readPage).toHaveBeenCalledOnce();
});

test('Read far back it is detached, and follow brings the newest again', async () => {
  const { stream, next, shown } = open({ after: 3_000, windowMax: 1_500, head: 4_000 });
  next(3_001, 4_000);
  vi.advanceTimersByTime(frame);
  await stream.loadEarlier();
  expect(stream.snapshot().window).toMatchObject({ detached: true, head: 4_000 });
  expect(shown().at(-1)).toBe(3_500);
  await stream.follow();
  expect(stream.snapshot().window.detached).toBe(false);
  expect(shown().at(-1)).toBe(4_000);
});

test('A page that cannot be read leaves what was there, and can be asked for again', async () => {
  const { stream, next, shown, readPage } = open({ after: 50 });
  next(51, 52);
  vi.advanceTimersByTime(frame);
  readPage.mockRejectedValueOnce(new Error('down'));
  await expect(stream.loadEarlier()).rejects.toThrow('down');
  expect(shown()).toEqual([51, 52]);
  await stream.loadEarlier();
  expect(shown()[0]).toBe(1);
});

test('A sink gets what is there, then each new event once, also while the window is detached', async () => {
  const { stream, next } = open({ after: 3_000, windowMax: 1_500, head: 4_001 });
  next(3_001, 4_000);
  const got: number[] = [];
  stream.attach((list) => got.push(...seqs(list)));
  expect(got).toHaveLength(1_000);
  vi.advanceTimersByTime(frame);
  await stream.loadEarlier();
  next(4_000, 4_001);
  vi.advanceTimersByTime(frame);
  expect(got).toHaveLength(1_001);
  expect(got.at(-1)).toBe(4_001);
});

test('Facts and trouble are told', () => {
  const { stream, watch } = open();
  watch.watcher.next({ first: 1, events: [event(1, 'session.state', { to: 'needsInput', reason: { code: 'approval.asked', message: 'Which?' } })] });
  vi.advanceTimersByTime(frame);
  expect(stream.snapshot().facts.state).toEqual({ value: 'needsInput', reason: { code: 'approval.asked', message: 'Which?' }, seq: 1 });
  watch.watcher.trouble?.('forbidden');
  expect(stream.snapshot().trouble).toBe('forbidden');
});

test('Closed and opened again it continues where it was', () => {
  const { hub, stream, close, next, shown } = open();
  next(1, 4);
  close();
  stream.open();
  const again = hub.of('session/s1');
  expect(again.startedAfter).toEqual([4]);
  again.watcher.next(batch(3, 6));
  vi.advanceTimersByTime(frame);
  expect(shown()).toEqual([1, 2, 3, 4, 5, 6]);
});
