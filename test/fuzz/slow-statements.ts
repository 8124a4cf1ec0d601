import pg from "pg";

/** A statement that took its time. */
export interface SlowStatement {
  ms: number;
  text: string;
  /** When it was done, by `Date.now()`. */
  at: number;
}

/** How many of the slowest are kept. */
const most = 20;

/** Times all statements that this process sends from now on, and gives the slowest. Waiting for locks counts. */
export function watchStatements(): () => SlowStatement[] {
  let slowest: SlowStatement[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function timed(this: pg.Client, ...args: unknown[]) {
    const [query] = args as [string | { text?: string }];
    const text = typeof query === "string" ? query : (query.text ?? "");
    const startedAt = performance.now();
    const time = () => {
      const ms = performance.now() - startedAt;
      if (slowest.length < most || ms > (slowest.at(-1)?.ms ?? 0)) {
        slowest = [...slowest, { ms, text, at: Date.now() }].toSorted((a, b) => b.ms - a.ms).slice(0, most);
      }
    };
    const result: unknown = (original as (...all: unknown[]) => unknown).apply(this, args);
    if (result instanceof Promise) result.then(time, time);
    return result;
  } as typeof original;
  return () => slowest;
}
