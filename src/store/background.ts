/**
 * Work that nobody waits for, one piece after another. It may be given up when the service ends: whoever begins it makes sure that
 * it is done another time if it is not done here.
 */
export class Background {
  readonly #onFault: (error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Does the work after what was begun before. It ends early once `isStopped` says so. */
  run(work: (isStopped: () => boolean) => Promise<unknown>): void {
    const isStopped = () => this.#isClosed;
    this.#last = this.#after(this.#last, () => work(isStopped));
  }

  async #after(last: Promise<unknown>, work: () => Promise<unknown>): Promise<void> {
    await last;
    if (this.#isClosed) return;
    await work().catch((error: unknown) => this.#onFault(error));
  }

  /** Lets nothing more begin, and waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }
}
