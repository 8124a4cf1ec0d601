/** What was opened and must be closed, the last first. One that cannot be closed keeps none of the others open. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];

  /** Adds what closes something; what it gives back is waited for. */
  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes all, each once. Rejects after that with what failed first, if anything did. */
  async close(): Promise<void> {
    const faults: unknown[] = [];
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}

/** Waits for what may not end in time. */
export async function within(timeMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
