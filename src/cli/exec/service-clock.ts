/** How long ago something has to be before its time is worth telling, in milliseconds: sooner, the service's own will do. */
export const worthTellingMs = 1_000;

/**
 * The service's clock, as far as its answers tell it. Moments are those of `performance.now`, so that this machine's clock may be
 * set wrong, and be set anew. A time that it tells is never later than the true one, and earlier by one round trip at most.
 */
export class ServiceClock {
  #offsetMs: number | undefined;

  /** Takes an instant of the service's that was on its way for a while, and has come just now. */
  note(instant: string): void {
    this.#offsetMs = Date.parse(instant) - performance.now();
  }

  /** When a moment was. Undefined if it is not known, and for what was a moment ago. */
  timeOf(moment: number): string | undefined {
    if (this.#offsetMs === undefined || performance.now() - moment < worthTellingMs) return undefined;
    return new Date(moment + this.#offsetMs).toISOString();
  }
}
