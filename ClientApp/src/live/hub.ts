import type { EventBatch } from '../api/types';

/** connecting: not yet connected once. reconnecting: lost, trying. offline: no network, or several tries failed in a row. */
export type LinkStatus = 'connecting' | 'connected' | 'reconnecting' | 'offline';

/** The part of SignalR's HubConnection that is used here. */
export interface Connection {
  start(): Promise<void>;
  stop(): Promise<void>;
  onclose(callback: (error?: Error) => void): void;
  stream<T>(method: string, ...args: unknown[]): {
    subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }): { dispose(): void };
  };
}

export interface Watcher {
  stream: string;
  /** Asked at each (re)start of the watch: the seq after which to continue. */
  cursor(): number;
  next(batch: EventBatch): void;
  /** The hub refused the watch, with its message; it is tried again with growing pauses. Null: it works again. */
  trouble?(message: string | null): void;
  /** The link was lost and is back: what is not on a stream may have changed meanwhile. */
  reconnected?(): void;
}

export interface Watch {
  /** Asks again from the watcher's cursor, now. */
  restart(): void;
  close(): void;
}

interface Active {
  watcher: Watcher;
  subscription: { dispose(): void } | undefined;
  retry: ReturnType<typeof setTimeout> | undefined;
  tries: number;
  /** Grows with each start, so that a late callback of an earlier subscription is known as such. */
  round: number;
}

const pausesMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
const pause = (tries: number): number => pausesMs[Math.min(tries, pausesMs.length - 1)]! * (0.75 + Math.random() / 2);
const offlineAfterTries = 3;

/**
 * One connection to the hub for the whole page, kept up until `close`: it starts again after each loss, without end, and then
 * continues every watch from its watcher's cursor. Watchers see each batch at least once and drop duplicates themselves.
 */
export class LiveHub {
  #status: LinkStatus = 'connecting';
  #connection: Connection | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #everConnected = false;
  #closed = false;
  readonly #connect: () => Connection;
  readonly #active = new Set<Active>();
  readonly #listeners = new Set<() => void>();

  constructor(connect: () => Connection) {
    this.#connect = connect;
    globalThis.addEventListener?.('online', this.#wake);
    globalThis.addEventListener?.('offline', this.#offline);
    void this.#start();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): LinkStatus => this.#status;

  watch(watcher: Watcher): Watch {
    const active: Active = { watcher, subscription: undefined, retry: undefined, tries: 0, round: 0 };
    this.#active.add(active);
    if (this.#status === 'connected') this.#open(active);
    return {
      restart: () => {
        this.#drop(active);
        if (this.#status === 'connected' && this.#active.has(active)) this.#open(active);
      },
      close: () => {
        this.#active.delete(active);
        this.#drop(active);
      },
    };
  }

  /** Tries now instead of at the end of the pause; for a button. */
  readonly retry = (): void => this.#wake();

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.('online', this.#wake);
    globalThis.removeEventListener?.('offline', this.#offline);
    for (const active of this.#active) this.#drop(active);
    this.#active.clear();
    void this.#connection?.stop().catch(() => undefined);
    this.#listeners.clear();
  }

  readonly #wake = (): void => {
    if (this.#closed || this.#connection) return;
    clearTimeout(this.#timer);
    this.#tries = 0;
    void this.#start();
  };

  readonly #offline = (): void => {
    if (this.#status !== 'connected') this.#become('offline');
    // A dead network is noticed by the missing pings only after half a minute; the browser knows it now.
    else void this.#connection?.stop().catch(() => undefined);
  };

  async #start(): Promise<void> {
    const connection = this.#connect();
    this.#connection = connection;
    connection.onclose(() => this.#lost(connection));
    try {
      await connection.start();
    } catch {
      this.#lost(connection);
      return;
    }
    if (this.#closed || this.#connection !== connection) {
      void connection.stop().catch(() => undefined);
      return;
    }
    const again = this.#everConnected;
    this.#everConnected = true;
    this.#tries = 0;
    this.#become('connected');
    for (const active of this.#active) {
      active.tries = 0;
      this.#open(active);
      if (again) active.watcher.reconnected?.();
    }
  }

  #lost(connection: Connection): void {
    if (this.#connection !== connection || this.#closed) return;
    this.#connection = undefined;
    for (const active of this.#active) this.#drop(active);
    const tries = this.#tries++;
    const offline = tries >= offlineAfterTries || globalThis.navigator?.onLine === false;
    this.#become(offline ? 'offline' : this.#everConnected ? 'reconnecting' : 'connecting');
    this.#timer = setTimeout(() => void this.#start(), pause(tries));
  }

  #open(active: Active): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#drop(active);
    const round = active.round;
    const current = () => active.round === round;
    const again = () => {
      active.subscription = undefined;
      active.retry = setTimeout(() => current() && this.#open(active), pause(active.tries++ + 2));
    };
    active.subscription = connection.stream<EventBatch>('Watch', active.watcher.stream, active.watcher.cursor()).subscribe({
      next: (batch) => {
        if (!current()) return;
        if (active.tries > 0) active.watcher.trouble?.(null);
        active.tries = 0;
        active.watcher.next(batch);
      },
      error: (error) => {
        // A lost connection fails its streams first and tells of its loss right after; then the whole link starts again, and
        // there is nothing to report here.
        queueMicrotask(() => {
          if (!current()) return;
          active.watcher.trouble?.(error instanceof Error ? error.message : String(error));
          again();
        });
      },
      complete: () => {
        if (current()) again();
      },
    });
  }

  #drop(active: Active): void {
    active.round++;
    clearTimeout(active.retry);
    const subscription = active.subscription;
    active.subscription = undefined;
    try {
      subscription?.dispose();
    } catch {
      // Disposing tells the server, which a connection that is gone cannot; the server has dropped the stream with it.
    }
  }

  #become(status: LinkStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener();
  }
}
