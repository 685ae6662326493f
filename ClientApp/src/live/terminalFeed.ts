import type { StreamEvent } from '../api/types';
import { terminalText } from './terminalText';

/** The part of a terminal that is written to; `done` is called when the text has been drawn. */
export interface Screen {
  write(text: string, done: () => void): void;
}

/** Lines that scroll away unseen need not be drawn. */
const linesKept = 12_000;
/** A drawn screen cannot skip; it is written in pieces of this many events so that the page stays usable. */
const eventsAtOnce = 4_000;

/**
 * Writes events on a screen, one piece under way at a time, so that a flood waits here as events and not in the terminal's own
 * buffer. Of lines only as many are kept waiting as the terminal can scroll back to.
 */
export class TerminalFeed {
  #waiting: StreamEvent[] = [];
  #writing = false;
  #drawn = false;
  #closed = false;
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  readonly push = (events: readonly StreamEvent[]): void => {
    for (const event of events) {
      if (event.type === 'usage' || event.type === 'diff.changed') continue;
      this.#drawn ||= event.type === 'engine.output' && (event.data as { stream?: unknown } | null)?.stream === 'terminal';
      this.#waiting.push(event);
    }
    if (!this.#drawn && this.#waiting.length > linesKept) this.#waiting = this.#waiting.slice(-linesKept);
    this.#write();
  };

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #write(): void {
    if (this.#writing || this.#closed || this.#waiting.length === 0) return;
    const piece = this.#waiting.slice(0, eventsAtOnce);
    this.#waiting = this.#waiting.slice(eventsAtOnce);
    let text = '';
    for (const event of piece) text += terminalText(event, this.#drawn);
    this.#writing = true;
    this.#screen.write(text, () => {
      this.#writing = false;
      this.#write();
    });
  }
}
