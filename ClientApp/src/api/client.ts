import type { Auth } from './auth';
import { errorFrom, unreachable } from './errors';
import type {
  Branch,
  NewRepository,
  NewSession,
  Page,
  Profile,
  Repository,
  Session,
  SessionState,
  StreamEvent,
  SystemInfo,
} from './types';

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** Given to calls that create, so that a repeated submit makes one thing. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

type Fetch = typeof fetch;
const segment = encodeURIComponent;
const repoPath = (owner: string, name: string) => `/v1/repos/${segment(owner)}/${segment(name)}`;
const sessionPath = (id: string) => `/v1/sessions/${segment(id)}`;

const url = (path: string, query: Call['query'] = {}): string => {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(key, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
};

/** Random enough to tell one submit from another; works on plain http too, where randomUUID is absent. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The HTTP interface, one method a call. Each throws ApiError; a 401 is answered by one refresh and one repeat. */
export class Api {
  readonly #auth: Auth;
  readonly #fetch: Fetch;

  constructor(auth: Auth, fetcher: Fetch = (...args) => fetch(...args)) {
    this.#auth = auth;
    this.#fetch = fetcher;
  }

  authStatus = (signal?: AbortSignal) => this.#anonymous<{ setupRequired: boolean }>('/v1/auth/status', signal);
  system = (signal?: AbortSignal) => this.#call<SystemInfo>('/v1/system', { ...(signal && { signal }) });
  profiles = (signal?: AbortSignal) => this.#call<{ items: Profile[] }>('/v1/profiles', { ...(signal && { signal }) });

  repos = (cursor?: string, signal?: AbortSignal) =>
    this.#call<Page<Repository>>('/v1/repos', { query: { cursor, limit: 100 }, ...(signal && { signal }) });
  repo = (owner: string, name: string, signal?: AbortSignal) =>
    this.#call<Repository>(repoPath(owner, name), { ...(signal && { signal }) });
  branches = (owner: string, name: string, signal?: AbortSignal) =>
    this.#call<{ items: Branch[] }>(`${repoPath(owner, name)}/branches`, { ...(signal && { signal }) });
  createRepo = (body: NewRepository, idempotencyKey: string) =>
    this.#call<Repository>('/v1/repos', { method: 'POST', body, idempotencyKey });
  deleteRepo = (owner: string, name: string) => this.#call<void>(repoPath(owner, name), { method: 'DELETE' });

  sessions = (filter: { state?: SessionState; repo?: string; cursor?: string | undefined }, signal?: AbortSignal) =>
    this.#call<Page<Session>>('/v1/sessions', { query: { ...filter, limit: 100 }, ...(signal && { signal }) });
  session = (id: string, signal?: AbortSignal) => this.#call<Session>(sessionPath(id), { ...(signal && { signal }) });
  createSession = (body: NewSession, idempotencyKey: string) =>
    this.#call<Session>('/v1/sessions', { method: 'POST', body, idempotencyKey });
  events = (id: string, after: number, limit: number, signal?: AbortSignal) =>
    this.#call<{ events: StreamEvent[]; next?: number | null }>(`${sessionPath(id)}/events`, {
      query: { after, limit },
      ...(signal && { signal }),
    });
  input = (id: string, text: string, enter: boolean) =>
    this.#call<void>(`${sessionPath(id)}/input`, { method: 'POST', body: { text, enter } });
  resize = (id: string, columns: number, rows: number) =>
    this.#call<void>(`${sessionPath(id)}/resize`, { method: 'POST', body: { columns, rows } });
  stop = (id: string) => this.#call<void>(`${sessionPath(id)}/stop`, { method: 'POST' });
  pause = (id: string) => this.#call<void>(`${sessionPath(id)}/pause`, { method: 'POST' });
  resume = (id: string) => this.#call<void>(`${sessionPath(id)}/resume`, { method: 'POST' });
  deleteSession = (id: string) => this.#call<void>(sessionPath(id), { method: 'DELETE' });

  async #call<T>(path: string, call: Call): Promise<T> {
    const token = await this.#auth.token();
    const first = await this.#send(path, call, token);
    if (first.status !== 401) return this.#read<T>(first);
    const renewed = await this.#auth.renew(token);
    return this.#read<T>(renewed === undefined ? first : await this.#send(path, call, renewed));
  }

  async #anonymous<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#read<T>(await this.#send(path, { ...(signal && { signal }) }, undefined));
  }

  async #send(path: string, call: Call, token: string | undefined): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    if (call.idempotencyKey) headers['Idempotency-Key'] = call.idempotencyKey;
    try {
      return await this.#fetch(url(path, call.query), {
        method: call.method ?? 'GET',
        headers,
        credentials: 'same-origin',
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        ...(call.signal && { signal: call.signal }),
      });
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw unreachable();
    }
  }

  async #read<T>(response: Response): Promise<T> {
    const text = await response.text();
    let body: unknown;
    try {
      body = text === '' ? undefined : JSON.parse(text);
    } catch {
      if (response.ok) throw errorFrom(response.status, { code: 'page.malformed', message: 'The server sent something that is not JSON.' });
    }
    if (!response.ok) throw errorFrom(response.status, body);
    return body as T;
  }
}
