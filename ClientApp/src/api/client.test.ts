import { expect, test } from 'vitest';
import { sample, signedIn } from '../testing/samples';
import { fakeServer } from '../testing/server';
import { Auth } from './auth';
import { Api } from './client';
import { ApiError } from './errors';

const over = (routes: Parameters<typeof fakeServer>[0]) => {
  let issued = 0;
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn(`t${++issued}`)], ...routes });
  return { server, api: new Api(new Auth(server.fetch), server.fetch) };
};

const thrown = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

test('A call carries the token', async () => {
  const { server, api } = over({ 'GET /v1/sessions/s1': () => [200, sample()] });
  expect(await api.session('s1')).toEqual(sample());
  expect(server.of('GET', '/v1/sessions/s1')[0]?.headers.get('authorization')).toBe('Bearer t1');
});

test('A call that is answered 401 is repeated once with a new token', async () => {
  const { server, api } = over({
    'GET /v1/sessions/s1': ({ headers }) => (headers.get('authorization') === 'Bearer t2' ? [200, sample()] : [401, {}]),
  });
  expect(await api.session('s1')).toEqual(sample());
  expect(server.of('GET', '/v1/sessions/s1')).toHaveLength(2);
});

test('Calls that are refused together refresh once', async () => {
  const { server, api } = over({
    'GET /v1/sessions/s1': ({ headers }) => (headers.get('authorization') === 'Bearer t1' ? [401, {}] : [200, sample()]),
  });
  await Promise.all([api.session('s1'), api.session('s1'), api.session('s1')]);
  expect(server.of('POST', '/v1/auth/refresh')).toHaveLength(2);
});

test('A call that is refused again is not repeated without end', async () => {
  const { server, api } = over({ 'GET /v1/sessions/s1': () => [401, { code: 'auth.forbidden', message: 'No.' }] });
  expect((await thrown(api.session('s1'))).code).toBe('auth.forbidden');
  expect(server.of('GET', '/v1/sessions/s1')).toHaveLength(2);
});

test('A field error is found by its field whatever its case', async () => {
  const { api } = over({
    'POST /v1/repos': () => [
      422,
      { code: 'validation', message: 'Not valid.', details: [{ field: 'ImportUrl', code: 'scheme', message: 'Only http and https.' }], traceId: 'abc' },
    ],
  });
  const error = await thrown(api.createRepo({ name: 'x', importUrl: 'ftp://x' }, 'k1'));
  expect(error).toMatchObject({ status: 422, code: 'validation', traceId: 'abc', transient: false });
  expect(error.field('importUrl')).toBe('Only http and https.');
  expect(error.field('name')).toBeUndefined();
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['other types', { code: 7, message: {}, details: 'x', traceId: [] }],
])('A failure whose body is %s still has a code and a message', async (_, body) => {
  const { api } = over({ 'GET /v1/system': () => [502, body] });
  expect(await thrown(api.system())).toMatchObject({ status: 502, code: 'http.502', details: [], traceId: undefined, transient: true });
});

test('A page from a proxy in place of JSON is an error, also with status 200', async () => {
  const auth = new Auth(fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('t1')] }).fetch);
  const api = new Api(auth, () => Promise.resolve(new Response('<html>', { status: 200 })));
  expect((await thrown(api.system())).code).toBe('page.malformed');
});

test('A server that cannot be reached is told as such', async () => {
  const auth = new Auth(fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('t1')] }).fetch);
  const api = new Api(auth, () => Promise.reject(new TypeError('Failed to fetch')));
  expect(await thrown(api.system())).toMatchObject({ status: 0, code: 'network.unreachable', transient: true });
});

test('A cancelled call is not told as an outage', async () => {
  const auth = new Auth(fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('t1')] }).fetch);
  const aborted = new DOMException('Aborted', 'AbortError');
  const api = new Api(auth, () => Promise.reject(aborted));
  await expect(api.system(AbortSignal.abort())).rejects.toBe(aborted);
});

test('Names are escaped in paths and empty filters left out of queries', async () => {
  const { server, api } = over({ 'GET /v1/sessions': () => [200, { items: [] }] });
  await api.sessions({ repo: 'admin/web', cursor: undefined });
  expect(server.of('GET', '/v1/sessions')[0]?.query.toString()).toBe('repo=admin%2Fweb&limit=100');
  await thrown(api.repo('a/b', '../c'));
  expect(server.calls.at(-1)?.path).toBe('/v1/repos/a%2Fb/..%2Fc');
});

test('A creating call carries its idempotency key', async () => {
  const { server, api } = over({ 'POST /v1/sessions': () => [201, sample()] });
  await api.createSession({ repo: 'admin/web' }, 'key-1');
  expect(server.of('POST', '/v1/sessions')[0]?.headers.get('idempotency-key')).toBe('key-1');
});
