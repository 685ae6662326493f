import type { EventBatch, StreamEvent } from '../api/types';

export type Admission =
  /** Events to hand on, in order; `cursor` is the seq of the last of them (or unchanged when all were seen before). */
  | { type: 'accepted'; events: readonly StreamEvent[]; cursor: number }
  /** The batch starts, or jumps, past the cursor: `events` continue it, then `expected` is missing and `found` came instead. */
  | { type: 'gap'; events: readonly StreamEvent[]; cursor: number; expected: number; found: number };

/**
 * Takes a batch in after `cursor`. Sequence numbers are gapless, so after a reconnect what was seen before is dropped, and a jump
 * is a loss that only the log can fill: whoever asks then watches again from the returned cursor.
 */
export function admit(cursor: number, batch: EventBatch): Admission {
  const events: StreamEvent[] = [];
  let at = cursor;
  for (const event of batch.events) {
    if (event.seq <= at) continue;
    if (event.seq !== at + 1) return { type: 'gap', events, cursor: at, expected: at + 1, found: event.seq };
    events.push(event);
    at = event.seq;
  }
  return { type: 'accepted', events, cursor: at };
}
