import type { EventBatch } from '../api/types';
import { isSession } from './events';
import type { LiveHub } from './hub';
import { emptyOverlay, hear, type Overlay } from './sessionOverlay';

export interface BoardStreamOptions {
  hub: Pick<LiveHub, 'watch'>;
  userId: string;
  /** The link came back: the list may have changed unheard. */
  onReconnected(): void;
  now?: () => number;
}

/**
 * The live tellings of one user's sessions. Only the newest telling of each session matters, so a gap needs no repair: the list
 * is read again after a reconnect. The cursor only keeps a reconnect from replaying what was heard.
 */
export class BoardStream {
  #overlay: Overlay = emptyOverlay;
  #cursor = 0;
  readonly #options: BoardStreamOptions;
  readonly #listeners = new Set<() => void>();

  constructor(options: BoardStreamOptions) {
    this.#options = options;
  }

  open(): () => void {
    const watch = this.#options.hub.watch({
      stream: `sessions/${this.#options.userId}`,
      cursor: () => this.#cursor,
      next: (batch) => this.#take(batch),
      reconnected: () => this.#options.onReconnected(),
    });
    return () => watch.close();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Overlay => this.#overlay;

  #take(batch: EventBatch): void {
    const before = this.#overlay;
    const heardAt = (this.#options.now ?? Date.now)();
    for (const event of batch.events) {
      if (event.seq <= this.#cursor) continue;
      this.#cursor = event.seq;
      const session = (event.data as { session?: unknown } | null)?.session;
      const deleted = event.type === 'session.deleted';
      if ((deleted || event.type === 'session.changed') && isSession(session)) {
        this.#overlay = hear(this.#overlay, session, heardAt, deleted);
      }
    }
    if (this.#overlay !== before) for (const listener of this.#listeners) listener();
  }
}
