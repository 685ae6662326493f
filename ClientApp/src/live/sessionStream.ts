import type { EventBatch, StreamEvent } from '../api/types';
import { admit } from './cursor';
import { emptyWindow, reduceWindow, type EventWindow, type WindowAction } from './eventWindow';
import type { LiveHub, Watch } from './hub';
import { noFacts, reduceFacts, type SessionFacts } from './sessionFacts';

export interface SessionStreamState {
  readonly window: EventWindow;
  readonly facts: SessionFacts;
  /** The hub's message while it refuses the watch. */
  readonly trouble: string | null;
  readonly loading: 'earlier' | 'later' | 'follow' | null;
}

type Hub = Pick<LiveHub, 'watch'>;
type Sink = (events: readonly StreamEvent[]) => void;
type ReadPage = (after: number, limit: number) => Promise<readonly StreamEvent[]>;

export interface SessionStreamOptions {
  hub: Hub;
  sessionId: string;
  /** Where to begin: 0 is the whole stream. */
  after: number;
  readPage: ReadPage;
  windowMax?: number;
}

const pageSize = 1_000;
/** Batches that arrive within two frames are shown together. */
const frameMs = 32;

/**
 * A session's events, live: watches from the last contiguous seq, drops duplicates, asks again on a gap, and keeps a bounded
 * window. A gap that the log itself has (asked twice, same answer) is accepted, since waiting would show nothing ever again.
 * Sinks get each new event once, in order, whatever part of the stream the window shows.
 */
export class SessionStream {
  #state: SessionStreamState;
  #cursor: number;
  #pending: StreamEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastGap = 0;
  #watch: Watch | undefined;
  #disposed = false;
  readonly #options: SessionStreamOptions;
  readonly #sinks = new Set<Sink>();
  readonly #listeners = new Set<() => void>();

  constructor(options: SessionStreamOptions) {
    this.#options = options;
    this.#cursor = options.after;
    this.#state = { window: emptyWindow(options.after, options.windowMax), facts: noFacts, trouble: null, loading: null };
  }

  open(): () => void {
    this.#disposed = false;
    this.#watch = this.#options.hub.watch({
      stream: `session/${this.#options.sessionId}`,
      cursor: () => this.#cursor,
      next: (batch) => this.#take(batch),
      trouble: (trouble) => this.#become({ ...this.#state, trouble }),
    });
    return () => {
      this.#disposed = true;
      this.#watch?.close();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#flush();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): SessionStreamState => this.#state;

  /** Hands the window's events to `sink` now, where they lead up to the present, and every later one as it comes. */
  attach(sink: Sink): () => void {
    this.#flush();
    if (!this.#state.window.detached) sink(this.#state.window.events);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  loadEarlier = (): Promise<void> => {
    const first = this.#state.window.events[0]?.seq ?? this.#state.window.head + 1;
    const after = Math.max(0, first - 1 - pageSize);
    return this.#load('earlier', after, first - 1 - after);
  };

  loadLater = (): Promise<void> => this.#load('later', this.#state.window.events.at(-1)?.seq ?? 0, pageSize);

  /** Back to the newest events, from wherever the window was. */
  follow = async (): Promise<void> => {
    if (!this.#state.window.detached) return;
    await this.#load('follow', Math.max(0, this.#state.window.head - pageSize), pageSize);
    // What came while the page was read is at most a page or so away.
    for (let tries = 0; this.#state.window.detached && tries < 5; tries++) await this.loadLater();
  };

  async #load(type: 'earlier' | 'later' | 'follow', after: number, limit: number): Promise<void> {
    if (this.#state.loading || limit <= 0) return;
    this.#become({ ...this.#state, loading: type });
    try {
      const events = await this.#options.readPage(after, limit);
      this.#flush();
      this.#apply({ type, events });
    } finally {
      this.#become({ ...this.#state, loading: null });
    }
  }

  #take(batch: EventBatch): void {
    const admission = admit(this.#cursor, batch);
    this.#cursor = admission.cursor;
    for (const event of admission.events) this.#pending.push(event);
    if (this.#pending.length > 0) this.#timer ??= setTimeout(() => this.#flush(), frameMs);
    if (admission.type === 'accepted') return;
    if (this.#lastGap === admission.expected) {
      this.#cursor = admission.found - 1;
      this.#take(batch);
      return;
    }
    this.#lastGap = admission.expected;
    this.#watch?.restart();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#state = { ...this.#state, facts: events.reduce(reduceFacts, this.#state.facts) };
    for (const sink of this.#sinks) sink(events);
    this.#apply({ type: 'live', events });
  }

  #apply(action: WindowAction): void {
    this.#become({ ...this.#state, window: reduceWindow(this.#state.window, action) });
  }

  #become(state: SessionStreamState): void {
    this.#state = state;
    if (!this.#disposed) for (const listener of this.#listeners) listener();
  }
}
