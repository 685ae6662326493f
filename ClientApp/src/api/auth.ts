import { ApiError, asApiError, errorFrom, unreachable } from './errors';
import type { SignedIn, User } from './types';

export type AuthState =
  | { status: 'starting' }
  | { status: 'signedOut'; reason?: 'expired' }
  | { status: 'unreachable'; error: ApiError }
  | { status: 'signedIn'; user: User };

type Fetch = typeof fetch;

/** Runs `work` so that only one tab of this browser does it at a time, where the browser can say so. */
const alone = <T>(work: () => Promise<T>): Promise<T> =>
  typeof navigator !== 'undefined' && navigator.locks ? navigator.locks.request('squad.auth.refresh', work) : work();

/** The refresh happens this long before the access token ends. */
const refreshAheadMs = 60_000;
const logout = '/v1/auth/logout';
/** How long signing out waits for the server. */
const signOutPatienceMs = 3_000;
/** Timers hold 31 bits of milliseconds; a longer wait would fire at once. */
const timerMaxMs = 2_147_483_000;

/**
 * Who is signed in. The access token lives in this object only; what outlives a page load is the HttpOnly refresh cookie, so the
 * page asks for a token at load, ahead of its end, and when a call is answered 401. Concurrent callers share one refresh: the
 * server rotates the cookie, and a second use of the old one would count as theft.
 */
export class Auth {
  #state: AuthState = { status: 'starting' };
  #token: { value: string; endsAt: number } | undefined;
  #refreshing: Promise<string | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts sign-ins and sign-outs; an answer that belongs to an earlier one is dropped. */
  #generation = 0;
  readonly #listeners = new Set<() => void>();
  readonly #fetch: Fetch;
  readonly #now: () => number;

  constructor(fetcher: Fetch = (...args) => fetch(...args), now: () => number = Date.now) {
    this.#fetch = fetcher;
    this.#now = now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): AuthState => this.#state;

  /** Finds out at page load whether the cookie still signs someone in. */
  start = async (): Promise<void> => {
    this.#become({ status: 'starting' });
    await this.refresh();
  };

  signIn = (username: string, password: string): Promise<void> => this.#enter('/v1/auth/login', { username, password });

  /** First start: the one-time link's token and the administrator's new password. */
  setUp = (token: string, password: string): Promise<void> => this.#enter('/v1/auth/setup', { token, password });

  /**
   * Ends the sign-in on the server first: whoever reads "Sign in" may close the page or load it again, and must not find the cookie
   * still good. A server that is away is not waited for long; the cookie then stays until it is back.
   */
  signOut = async (): Promise<void> => {
    const ended = this.#post(logout, undefined, this.#token?.value).catch(() => undefined);
    let patience: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([ended, new Promise((resolve) => (patience = setTimeout(resolve, signOutPatienceMs)))]);
    clearTimeout(patience);
    this.#clear({ status: 'signedOut' });
  };

  /** A token good for a call now, or undefined when nobody is signed in. */
  token = async (): Promise<string | undefined> => {
    if (this.#token && this.#token.endsAt > this.#now() + 5_000) return this.#token.value;
    return this.#state.status === 'signedOut' ? undefined : this.refresh();
  };

  /**
   * A token other than `stale`, which a call was just refused with. Where another call has already brought a newer one, that
   * one is handed out.
   */
  renew = (stale: string | undefined): Promise<string | undefined> =>
    this.#token && this.#token.value !== stale ? Promise.resolve(this.#token.value) : this.refresh();

  /** Single flight. Resolves to undefined when nobody is signed in any more; throws when the server cannot say. */
  refresh = (): Promise<string | undefined> => {
    this.#refreshing ??= alone(() => this.#refresh()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  };

  async #refresh(): Promise<string | undefined> {
    const generation = this.#generation;
    try {
      const answer = (await this.#post('/v1/auth/refresh')) as SignedIn;
      if (generation !== this.#generation) return this.#token?.value;
      this.#accept(answer);
      return answer.accessToken;
    } catch (thrown) {
      const error = asApiError(thrown);
      if (generation !== this.#generation) return this.#token?.value;
      if (!error.transient) {
        this.#clear(this.#state.status === 'signedIn' ? { status: 'signedOut', reason: 'expired' } : { status: 'signedOut' });
        return undefined;
      }
      // An outage signs nobody out: what is on the page stays, and the next call asks again.
      if (this.#state.status !== 'signedIn') this.#become({ status: 'unreachable', error });
      throw error;
    }
  }

  async #enter(path: string, body: unknown): Promise<void> {
    const answer = (await this.#post(path, body)) as SignedIn;
    this.#generation++;
    this.#accept(answer);
  }

  async #post(path: string, body?: unknown, token?: string): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#fetch(path, {
        method: 'POST',
        credentials: 'same-origin',
        keepalive: path === logout, // it is to be done also where its page is closed
        headers: {
          Accept: 'application/json',
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch {
      throw unreachable();
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw errorFrom(response.status, answer);
    return answer;
  }

  #accept(answer: SignedIn): void {
    const endsAt = Date.parse(answer.expiresAt);
    this.#token = { value: answer.accessToken, endsAt: Number.isNaN(endsAt) ? this.#now() + 2 * refreshAheadMs : endsAt };
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(this.#token.endsAt - this.#now() - refreshAheadMs, 5_000), timerMaxMs);
    this.#timer = setTimeout(() => void this.refresh().catch(() => undefined), wait);
    this.#become({ status: 'signedIn', user: answer.user });
  }

  #clear(state: AuthState): void {
    this.#generation++;
    this.#token = undefined;
    clearTimeout(this.#timer);
    this.#become(state);
  }

  #become(state: AuthState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
