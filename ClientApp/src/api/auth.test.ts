import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { admin, signedIn } from '../testing/samples';
import { deferred, fakeServer } from '../testing/server';
import { Auth } from './auth';

const start = Date.parse('2026-11-22T02:00:00Z');
const inMinutes = (minutes: number) => new Date(start + minutes * 60_000).toISOString();

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

test('The cookie signs in at page load', async () => {
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('t1', inMinutes(15))] });
  const auth = new Auth(server.fetch);
  await auth.start();
  expect(auth.snapshot()).toEqual({ status: 'signedIn', user: admin });
  expect(await auth.token()).toBe('t1');
});

test('Without a cookie nobody is signed in and no reason is given', async () => {
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [401, { code: 'auth.expired', message: 'No.' }] });
  const auth = new Auth(server.fetch);
  await auth.start();
  expect(auth.snapshot()).toEqual({ status: 'signedOut' });
});

test('Concurrent callers share one refresh', async () => {
  const answer = deferred<[number, unknown]>();
  const server = fakeServer({ 'POST /v1/auth/refresh': () => answer.promise });
  const auth = new Auth(server.fetch);
  const tokens = Promise.all([auth.token(), auth.refresh(), auth.renew(undefined)]);
  answer.resolve([200, signedIn('t1', inMinutes(15))]);
  expect(await tokens).toEqual(['t1', 't1', 't1']);
  expect(server.of('POST', '/v1/auth/refresh')).toHaveLength(1);
});

test('A token is renewed a minute before its end', async () => {
  let issued = 0;
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn(`t${++issued}`, inMinutes(issued * 15))] });
  const auth = new Auth(server.fetch);
  await auth.start();
  await vi.advanceTimersByTimeAsync(13 * 60_000);
  expect(issued).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(issued).toBe(2);
  expect(await auth.token()).toBe('t2');
});

test('A caller refused with an old token gets the newer one without another refresh', async () => {
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('new', inMinutes(15))] });
  const auth = new Auth(server.fetch);
  await auth.start();
  expect(await auth.renew('old')).toBe('new');
  expect(server.of('POST', '/v1/auth/refresh')).toHaveLength(1);
});

test('A refresh that is refused signs out and says why', async () => {
  let refused = false;
  const server = fakeServer({
    'POST /v1/auth/refresh': () => (refused ? [401, { code: 'auth.expired', message: 'No.' }] : [200, signedIn('t1', inMinutes(15))]),
  });
  const auth = new Auth(server.fetch);
  await auth.start();
  refused = true;
  expect(await auth.renew('t1')).toBeUndefined();
  expect(auth.snapshot()).toEqual({ status: 'signedOut', reason: 'expired' });
});

test('An outage signs nobody out', async () => {
  let down = false;
  const server = fakeServer({ 'POST /v1/auth/refresh': () => (down ? [503, {}] : [200, signedIn('t1', inMinutes(15))]) });
  const auth = new Auth(server.fetch);
  await auth.start();
  down = true;
  await expect(auth.refresh()).rejects.toMatchObject({ status: 503 });
  expect(auth.snapshot()).toMatchObject({ status: 'signedIn' });
});

test('An outage at page load is told as one', async () => {
  const auth = new Auth(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(auth.start()).rejects.toMatchObject({ code: 'network.unreachable' });
  expect(auth.snapshot()).toMatchObject({ status: 'unreachable', error: { code: 'network.unreachable' } });
});

test('A refresh that is answered after sign-out does not sign in again', async () => {
  const late = deferred<[number, unknown]>();
  let first = true;
  const server = fakeServer({
    'POST /v1/auth/refresh': () => {
      if (!first) return late.promise;
      first = false;
      return [200, signedIn('t1', inMinutes(15))];
    },
    'POST /v1/auth/logout': () => [204],
  });
  const auth = new Auth(server.fetch);
  await auth.start();
  const refreshing = auth.refresh();
  await auth.signOut();
  late.resolve([200, signedIn('t2', inMinutes(15))]);
  expect(await refreshing).toBeUndefined();
  expect(auth.snapshot()).toEqual({ status: 'signedOut' });
  expect(await auth.token()).toBeUndefined();
});

test('Signing out sends the token and works while the server is away', async () => {
  const server = fakeServer({ 'POST /v1/auth/login': () => [200, signedIn('t1', inMinutes(15))], 'POST /v1/auth/logout': () => [500] });
  const auth = new Auth(server.fetch);
  await auth.signIn('admin', 'secret');
  await auth.signOut();
  expect(server.of('POST', '/v1/auth/logout')[0]?.headers.get('authorization')).toBe('Bearer t1');
  expect(auth.snapshot().status).toBe('signedOut');
});

test('Nobody reads that they are signed out before the server has ended the sign-in', async () => {
  const ended = deferred<[number]>();
  const server = fakeServer({ 'POST /v1/auth/login': () => [200, signedIn('t1', inMinutes(15))], 'POST /v1/auth/logout': () => ended.promise });
  const auth = new Auth(server.fetch);
  await auth.signIn('admin', 'secret');
  const leaving = auth.signOut();
  await vi.waitFor(() => expect(server.of('POST', '/v1/auth/logout')).toHaveLength(1));
  expect(auth.snapshot().status).toBe('signedIn');
  ended.resolve([204]);
  await leaving;
  expect(auth.snapshot()).toEqual({ status: 'signedOut' });
});

test('Signing out does not wait long for a server that does not answer', async () => {
  const server = fakeServer({
    'POST /v1/auth/login': () => [200, signedIn('t1', inMinutes(15))],
    'POST /v1/auth/logout': () => new Promise<[number]>(() => undefined),
  });
  const auth = new Auth(server.fetch);
  await auth.signIn('admin', 'secret');
  const leaving = auth.signOut();
  await vi.advanceTimersByTimeAsync(3_000);
  await leaving;
  expect(auth.snapshot()).toEqual({ status: 'signedOut' });
});

test('A wrong password leaves nobody signed in and says so by code', async () => {
  const server = fakeServer({ 'POST /v1/auth/login': () => [401, { code: 'auth.invalid', message: 'Wrong.' }] });
  const auth = new Auth(server.fetch);
  await expect(auth.signIn('admin', 'x')).rejects.toMatchObject({ code: 'auth.invalid', status: 401 });
  expect(auth.snapshot().status).not.toBe('signedIn');
});
