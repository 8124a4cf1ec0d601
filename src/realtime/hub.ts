/** Is told which topics have news; null if that is not known. It must not throw. */
type Hear = (topics: Iterable<string> | null) => void;

/** Wakes who waits for a topic. It carries no data and promises nothing: the table is the truth, a wake-up is a hint. */
export class Hub {
  readonly #bells = new Map<string, Set<Bell>>();
  readonly #ofAll = new Map<Bell, Hear>();

  /** Begins to listen to topics; the bell must be closed. */
  attach(...topics: readonly string[]): Bell {
    const bell = new Bell(() => {
      for (const topic of topics) this.#detach(topic, bell);
    });
    for (const topic of topics) {
      const bells = this.#bells.get(topic) ?? new Set();
      this.#bells.set(topic, bells.add(bell));
    }
    return bell;
  }

  /** Begins to listen to every topic, and hears which have news; the bell must be closed. */
  attachToAll(hear: Hear): Bell {
    const bell: Bell = new Bell(() => this.#ofAll.delete(bell));
    this.#ofAll.set(bell, hear);
    return bell;
  }

  #detach(topic: string, bell: Bell): void {
    const bells = this.#bells.get(topic);
    bells?.delete(bell);
    if (bells?.size === 0) this.#bells.delete(topic);
  }

  /** Rings every bell of these topics; the news of those that are `fresh` are in this node's memory. */
  wake(topics: Iterable<string>, fresh?: ReadonlySet<string>): void {
    for (const topic of topics) {
      const isFresh = fresh?.has(topic);
      for (const bell of this.#bells.get(topic) ?? []) bell.ring(isFresh);
    }
    this.#tell(topics);
  }

  /** Rings every bell: what its topics' news were is not known. */
  wakeAll(): void {
    for (const bells of this.#bells.values()) for (const bell of bells) bell.ring();
    this.#tell(null);
  }

  #tell(topics: Iterable<string> | null): void {
    for (const [bell, hear] of this.#ofAll) {
      hear(topics);
      bell.ring();
    }
  }

  /** How many topics are listened to now. */
  get size(): number {
    return this.#bells.size;
  }
}

/** One listener's bell. A ring while nobody waits is kept, so that nothing between two waits is missed. */
export class Bell {
  #rung = false;
  /** True if what rang since the last wait was fresh, all of it. */
  #allFresh = true;
  #closed = false;
  #answer: (() => void) | undefined;
  readonly #detach: () => void;

  constructor(detach: () => void) {
    this.#detach = detach;
  }

  /** Ends the wait that is under way, or the next one at once. `isFresh` says that this node has the news in memory. */
  ring(isFresh = false): void {
    this.#rung = true;
    this.#allFresh &&= isFresh;
    this.#answer?.();
  }

  /**
   * Resolves at the next ring, at one since the last wait, after the time, or when the bell is closed: with true if it rang, and each
   * time for something fresh.
   */
  async wait(timeMs: number): Promise<boolean> {
    if (!this.#rung && !this.#closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeMs);
        this.#answer = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const isFresh = this.#rung && this.#allFresh;
    this.#answer = undefined;
    this.#rung = false;
    this.#allFresh = true;
    return isFresh;
  }

  /** Stops listening and ends the wait that is under way. */
  close(): void {
    this.#closed = true;
    this.#detach();
    this.#answer?.();
  }

  /** True once closed. */
  get closed(): boolean {
    return this.#closed;
  }
}
