import { expect, test, vi } from 'vitest';
import { deferred } from '../testing/server';
import { InputQueue } from './inputQueue';

test('Keys typed during a call go out together with the next one, in order', async () => {
  const first = deferred<void>();
  const send = vi.fn((text: string) => (text === 'l' ? first.promise : Promise.resolve()));
  const queue = new InputQueue(send, () => undefined);
  for (const key of ['l', 's', ' ', '\r']) queue.push(key);
  expect(send.mock.calls).toEqual([['l']]);
  first.resolve();
  await vi.waitFor(() => expect(send.mock.calls).toEqual([['l'], ['s \r']]));
});

test('After a failure what waited is dropped, and typing goes on', async () => {
  const failed = vi.fn();
  const send = vi.fn().mockRejectedValueOnce(new Error('down')).mockResolvedValue(undefined);
  const queue = new InputQueue(send, failed);
  queue.push('a');
  queue.push('b');
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  queue.push('c');
  expect(send.mock.calls).toEqual([['a'], ['c']]);
});
