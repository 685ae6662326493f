import { vi } from 'vitest';

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

type Answer = [status: number, body?: unknown];
type Handler = (received: Received) => Answer | Promise<Answer>;

/** Stands in for fetch: routes are `METHOD /path`; what no route answers is 404 `test.unrouted`. */
export function fakeServer(routes: Record<string, Handler>) {
  const calls: Received[] = [];
  const fetcher = vi.fn(async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = new URL(String(input), 'http://squad.test');
    const received: Received = {
      method: init.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    calls.push(received);
    const route = routes[`${received.method} ${received.path}`];
    const [status, body] = route
      ? await route(received)
      : ([404, { code: 'test.unrouted', message: `${received.method} ${received.path}`, details: [] }] as Answer);
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  return {
    fetch: fetcher as unknown as typeof fetch,
    calls,
    of: (method: string, path: string) => calls.filter((call) => call.method === method && call.path === path),
  };
}

/** A promise and what settles it. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
