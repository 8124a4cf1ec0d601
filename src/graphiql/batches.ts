import type { Result, Sink } from "./browser.js";
import type { Fetcher } from "./fetcher.js";

/** What is kept of a subscription: the newest batches, as many as fit into both. The newest of all is always kept. */
export interface BatchBounds {
  batches: number;
  /** The characters of the batches' JSON. */
  characters: number;
}

/** What GraphiQL shows of a subscription. */
export interface Batches {
  /** How many have come since it began. */
  batches: number;
  newestFirst: Result[];
}

/**
 * Wraps the page's fetcher; it runs in the browser. GraphiQL shows only the last result of a subscription, so each
 * result is given to it as the list of the newest ones. An error that ends the subscription is one more of them.
 */
export function collectBatches(fetch: Fetcher["fetch"], bounds: BatchBounds): Fetcher["fetch"] {
  const collect = (sink: Sink): Sink => {
    const kept: { result: Result; characters: number }[] = [];
    let batches = 0;
    let characters = 0;
    const add = (result: Result) => {
      const { length } = JSON.stringify(result);
      batches += 1;
      characters += length;
      kept.unshift({ result, characters: length });
      while (kept.length > 1 && (kept.length > bounds.batches || characters > bounds.characters))
        characters -= kept.pop()?.characters ?? 0;
      const shown: Batches = { batches, newestFirst: kept.map((batch) => batch.result) };
      sink.next(shown as Result);
    };
    return {
      next: add,
      error({ message }) {
        add({ errors: [{ message }] });
        sink.complete();
      },
      complete: () => sink.complete(),
    };
  };

  return (operation, options) => {
    const running = fetch(operation, options);
    if (running instanceof Promise) return running;
    return { subscribe: (sink) => running.subscribe(collect(sink)) };
  };
}
