/** By how much the service's clock may be behind what it was taken for before it is taken to have been set back, in milliseconds. */
const setBackMs = 1_000;

/**
 * The service's clock, as far as its answers tell it. Moments are those of `performance.now`, so that this machine's clock may be
 * set wrong, and be set anew. A time that it tells is never later than the true one, and earlier by one round trip at most.
 */
export class ServiceClock {
  #offsetMs: number | undefined;

  /** Takes an instant of the service's that was on its way for a while, and has come just now. The one that came fastest counts. */
  note(instant: string): void {
    const offsetMs = Date.parse(instant) - performance.now();
    const known = this.#offsetMs ?? -Infinity;
    if (offsetMs > known || offsetMs < known - setBackMs) this.#offsetMs = offsetMs;
  }

  /** When a moment was. Undefined if it is not known. */
  timeOf(moment: number): string | undefined {
    return this.#offsetMs === undefined ? undefined : new Date(moment + this.#offsetMs).toISOString();
  }
}
