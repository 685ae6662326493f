import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeConnection } from '../testing/fakeHub';
import { batch } from '../testing/samples';
import { LiveHub } from './hub';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Longer than the longest pause between tries. */
const aLongPause = 20_000;

function house() {
  const tries: FakeConnection[] = [];
  const hub = new LiveHub(() => {
    const connection = new FakeConnection();
    tries.push(connection);
    return connection;
  });
  const states: string[] = [];
  hub.subscribe(() => states.push(hub.snapshot()));
  let cursor = 0;
  const watcher = {
    stream: 'session/s1',
    cursor: () => cursor,
    next: vi.fn((received: ReturnType<typeof batch>) => {
      cursor = received.events.at(-1)!.seq;
    }),
    trouble: vi.fn(),
    reconnected: vi.fn(),
  };
  return { hub, tries, states, watcher };
}

test('A watch opened before the connection starts with it', async () => {
  const { hub, tries, watcher } = house();
  hub.watch(watcher);
  expect(hub.snapshot()).toBe('connecting');
  await tries[0]!.connect();
  expect(hub.snapshot()).toBe('connected');
  expect(tries[0]!.streams[0]?.args).toEqual(['Watch', 'session/s1', 0]);
  expect(watcher.reconnected).not.toHaveBeenCalled();
});

test('After a loss the watch continues from its cursor on a new connection', async () => {
  const { hub, tries, states, watcher } = house();
  hub.watch(watcher);
  await tries[0]!.connect();
  tries[0]!.streams[0]!.observer.next(batch(1, 7));
  tries[0]!.lose();
  expect(hub.snapshot()).toBe('reconnecting');
  await vi.advanceTimersByTimeAsync(aLongPause);
  await tries[1]!.connect();
  expect(tries[1]!.streams[0]?.args).toEqual(['Watch', 'session/s1', 7]);
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
  expect(watcher.reconnected).toHaveBeenCalledOnce();
  expect(watcher.trouble).not.toHaveBeenCalled();
});

test('What a lost connection still delivers is not taken', async () => {
  const { hub, tries, watcher } = house();
  hub.watch(watcher);
  await tries[0]!.connect();
  const { observer } = tries[0]!.streams[0]!;
  tries[0]!.lose();
  observer.next(batch(1, 1));
  expect(watcher.next).not.toHaveBeenCalled();
});

test('Several failed tries in a row are offline, and it goes on trying', async () => {
  const { hub, tries } = house();
  for (let at = 0; at < 6; at++) {
    await tries[at]!.refuse();
    expect(hub.snapshot()).toBe(at < 3 ? 'connecting' : 'offline');
    await vi.advanceTimersByTimeAsync(aLongPause);
  }
  await tries[6]!.connect();
  expect(hub.snapshot()).toBe('connected');
});

test('Retry, and the network coming back, try at once', async () => {
  const { hub, tries } = house();
  await tries[0]!.refuse();
  hub.retry();
  expect(tries).toHaveLength(2);
  await tries[1]!.refuse();
  window.dispatchEvent(new Event('online'));
  expect(tries).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(aLongPause);
  expect(tries).toHaveLength(3);
});

test('A watch that the hub refuses is told and tried again on the same connection', async () => {
  const { hub, tries, watcher } = house();
  hub.watch(watcher);
  await tries[0]!.connect();
  tries[0]!.streams[0]!.observer.error(new Error('session.notFound'));
  await Promise.resolve();
  expect(watcher.trouble).toHaveBeenCalledWith('session.notFound');
  expect(hub.snapshot()).toBe('connected');
  await vi.advanceTimersByTimeAsync(aLongPause);
  tries[0]!.streams[1]!.observer.next(batch(1, 1));
  expect(watcher.trouble).toHaveBeenLastCalledWith(null);
  expect(watcher.next).toHaveBeenCalledOnce();
});

test('A restart asks from the cursor and drops the old answer', async () => {
  const { hub, tries, watcher } = house();
  const watch = hub.watch(watcher);
  await tries[0]!.connect();
  const [old] = tries[0]!.streams;
  old!.observer.next(batch(1, 4));
  watch.restart();
  expect(old!.disposed).toBe(true);
  expect(tries[0]!.streams[1]?.args).toEqual(['Watch', 'session/s1', 4]);
  old!.observer.next(batch(5, 6));
  expect(watcher.next).toHaveBeenCalledOnce();
});

test('A closed watch is disposed and does not come back with a new connection', async () => {
  const { hub, tries, watcher } = house();
  const watch = hub.watch(watcher);
  await tries[0]!.connect();
  watch.close();
  expect(tries[0]!.streams[0]!.disposed).toBe(true);
  tries[0]!.lose();
  await vi.advanceTimersByTimeAsync(aLongPause);
  await tries[1]!.connect();
  expect(tries[1]!.streams).toHaveLength(0);
});

test('A closed hub stops its connection and tries no more', async () => {
  const { hub, tries } = house();
  await tries[0]!.connect();
  hub.close();
  expect(tries[0]!.stopped).toBe(true);
  tries[0]!.lose();
  await vi.advanceTimersByTimeAsync(aLongPause);
  expect(tries).toHaveLength(1);
});
