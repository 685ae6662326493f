import type { Connection, Watch, Watcher } from '../live/hub';

/** A hub whose watches a test answers by hand. */
export class FakeHub {
  readonly watches: { watcher: Watcher; startedAfter: number[]; closed: boolean }[] = [];
  readonly subscribe = () => () => undefined;
  readonly snapshot = () => 'connected' as const;
  readonly retry = () => undefined;

  watch(watcher: Watcher): Watch {
    const entry = { watcher, startedAfter: [watcher.cursor()], closed: false };
    this.watches.push(entry);
    return {
      restart: () => entry.startedAfter.push(watcher.cursor()),
      close: () => {
        entry.closed = true;
      },
    };
  }

  of(stream: string) {
    const found = this.watches.findLast((entry) => entry.watcher.stream === stream && !entry.closed);
    if (!found) throw new Error(`Nobody watches ${stream}`);
    return found;
  }
}

type Observer = { next(value: unknown): void; error(error: unknown): void; complete(): void };

/** One try at a connection, settled and broken by a test. */
export class FakeConnection implements Connection {
  readonly streams: { args: unknown[]; observer: Observer; disposed: boolean }[] = [];
  stopped = false;
  #closed: (() => void)[] = [];
  #settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly #started = new Promise<void>((resolve, reject) => {
    this.#settle = { resolve, reject };
  });

  start = () => this.#started;
  onclose = (callback: () => void) => void this.#closed.push(callback);
  stop = () => {
    this.stopped = true;
    return Promise.resolve();
  };

  stream<T>(method: string, ...args: unknown[]) {
    return {
      subscribe: (observer: { next(value: T): void; error(error: unknown): void; complete(): void }) => {
        const entry = { args: [method, ...args], observer: observer as Observer, disposed: false };
        this.streams.push(entry);
        return {
          dispose: () => {
            entry.disposed = true;
          },
        };
      },
    };
  }

  async connect() {
    this.#settle.resolve();
    await this.#started;
    await Promise.resolve();
  }

  async refuse() {
    this.#settle.reject(new Error('refused'));
    await this.#started.catch(() => undefined);
    await Promise.resolve();
  }

  /** SignalR fails the streams of a connection that is lost, then tells of the close. */
  lose() {
    for (const entry of this.streams) if (!entry.disposed) entry.observer.error(new Error('connection lost'));
    for (const callback of this.#closed) callback();
  }
}
