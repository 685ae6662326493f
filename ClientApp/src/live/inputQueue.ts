/**
 * Sends typed text in order with one call under way at a time: what is typed meanwhile goes out together with the next call. A
 * failed call drops what waited behind it, since keys that arrive late and out of context do harm.
 */
export class InputQueue {
  #waiting = '';
  #sending = false;
  readonly #send: (text: string) => Promise<void>;
  readonly #failed: (error: unknown) => void;

  constructor(send: (text: string) => Promise<void>, failed: (error: unknown) => void) {
    this.#send = send;
    this.#failed = failed;
  }

  push(text: string): void {
    this.#waiting += text;
    if (!this.#sending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#waiting !== '') {
        const text = this.#waiting;
        this.#waiting = '';
        await this.#send(text);
      }
    } catch (error) {
      this.#waiting = '';
      this.#failed(error);
    } finally {
      this.#sending = false;
    }
  }
}
