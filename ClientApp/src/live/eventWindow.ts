import type { StreamEvent } from '../api/types';
import { never } from './never';

/**
 * The part of a stream that is kept in memory: events in ascending seq, at most `max` of them.
 * Following, it holds the newest and forgets the oldest. Once earlier pages push it over `max` it forgets the newest instead and
 * is `detached`: live events are then only counted (`head`), until `follow` puts it back at the end.
 */
export interface EventWindow {
  readonly events: readonly StreamEvent[];
  /** Highest seq known to exist. */
  readonly head: number;
  readonly detached: boolean;
  readonly max: number;
}

export type WindowAction =
  /** Events that continue the stream, already gapless and without duplicates (live/cursor). */
  | { type: 'live'; events: readonly StreamEvent[] }
  /** A page from before the window. */
  | { type: 'earlier'; events: readonly StreamEvent[] }
  /** A page from after a detached window; `end` when it reaches the head. */
  | { type: 'later'; events: readonly StreamEvent[] }
  /** The newest page, which replaces everything. */
  | { type: 'follow'; events: readonly StreamEvent[] };

export const emptyWindow = (head = 0, max = 20_000): EventWindow => ({ events: [], head, detached: false, max });

const lastSeq = (events: readonly StreamEvent[]): number => events.at(-1)?.seq ?? 0;

/** Oldest events go a tenth at a time, so that a busy stream does not copy the whole window for each batch. */
const trimHead = (events: readonly StreamEvent[], max: number): readonly StreamEvent[] =>
  events.length <= max ? events : events.slice(events.length - Math.floor(max * 0.9));

export function reduceWindow(window: EventWindow, action: WindowAction): EventWindow {
  switch (action.type) {
    case 'live': {
      const last = lastSeq(window.events);
      const fresh = action.events.filter((event) => event.seq > window.head);
      const head = Math.max(window.head, lastSeq(fresh));
      if (fresh.length === 0) return window;
      if (window.detached) return { ...window, head };
      const joined = last === 0 ? fresh : window.events.concat(fresh);
      return { ...window, head, events: trimHead(joined, window.max) };
    }
    case 'earlier': {
      const start = window.events[0]?.seq ?? window.head + 1;
      const older = action.events.filter((event) => event.seq < start);
      if (older.length === 0) return window;
      const joined = older.concat(window.events);
      return joined.length <= window.max
        ? { ...window, events: joined, head: Math.max(window.head, lastSeq(joined)) }
        : { ...window, events: joined.slice(0, window.max), detached: true };
    }
    case 'later': {
      if (!window.detached) return window;
      const end = lastSeq(window.events);
      const newer = action.events.filter((event) => event.seq > end);
      const events = trimHead(window.events.concat(newer), window.max);
      const head = Math.max(window.head, lastSeq(events));
      return { ...window, events, head, detached: lastSeq(events) < head };
    }
    case 'follow': {
      const events = trimHead(action.events, window.max);
      const head = Math.max(window.head, lastSeq(events));
      return { ...window, events, head, detached: lastSeq(events) < head };
    }
    default:
      return never(action);
  }
}

/** Whether events from before the window exist in the log. */
export const hasEarlier = (window: EventWindow): boolean => (window.events[0]?.seq ?? window.head + 1) > 1;
