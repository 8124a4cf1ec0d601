import { LRUCache } from "lru-cache";
import { type JsonValue, put } from "../../domain/json-value.js";
import type { Topic } from "../../domain/topic.js";
import type { RunEventRow } from "../row.js";

/** How many events are kept of a log, and of how many characters; of how many characters in all, each event counting 500 more. */
const most = { events: 100, length: 65_536, total: 16_777_216 };

/** How many times events are added to a log that nobody has read meanwhile, until none of it is kept. */
const addsUnread = 100;

/** An event as it is read from the store, and how long it counts as. */
interface FreshEvent {
  row: RunEventRow;
  length: number;
}

/** The newest events of one log, each the next after the one before. */
interface FreshLog {
  events: (FreshEvent & { position: number })[];
  length: number;
  addsUnread: number;
}

/**
 * The newest events that this node has stored, of logs that are followed at it, in memory: its followers are sent them without reading
 * them back. What it holds of a log has no gap, and a log of which it would have one is forgotten. It knows nothing of what
 * others have stored after it, so it is only for who is woken by what was added here (see Hub) and reads the store otherwise.
 */
export class FreshEvents {
  readonly #logs = new LRUCache<Topic, FreshLog>({
    maxSize: most.total,
    sizeCalculation: ({ length }) => length + 500,
  });

  /** Begins to keep what is added to the log, if that is not done yet. */
  keep(topic: Topic): void {
    if (!this.#logs.has(topic)) this.#logs.set(topic, { events: [], length: 0, addsUnread: 0 });
  }

  /**
   * Adds so many events with the numbers from `first` on, which are made only if they are kept. False if nothing of the log is kept: it is
   * not followed, they are too many, or what came before them is not what is kept.
   */
  add(topic: Topic, first: number, count: number, events: () => readonly FreshEvent[]): boolean {
    const log = this.#logs.peek(topic);
    if (!log) return false;
    const newest = log.events.at(-1);
    log.addsUnread += 1;
    if ((newest && newest.position !== first - 1) || log.addsUnread > addsUnread || count > most.events) {
      this.#logs.delete(topic);
      return false;
    }
    for (const [index, event] of events().entries()) {
      log.events.push({ ...event, position: first + index });
      log.length += event.length;
    }
    while (log.events.length > most.events || log.length > most.length)
      log.length -= log.events.shift()?.length ?? 0;
    // Another object: of the same the cache would not see that its size is another.
    this.#logs.set(topic, { ...log });
    return true;
  }

  /** The events after a position, to the newest that is kept; undefined if the one after it is not. */
  after(topic: Topic, position: number): { rows: RunEventRow[]; last: number } | undefined {
    const log = this.#logs.get(topic);
    const [oldest] = log?.events ?? [];
    const newest = log?.events.at(-1);
    if (!log || !oldest || !newest || position < oldest.position - 1 || position > newest.position)
      return undefined;
    log.addsUnread = 0;
    return {
      rows: log.events.slice(position + 1 - oldest.position).map(({ row }) => row),
      last: newest.position,
    };
  }
}

/** Events that were stored, as they would be read back. */
export function asRead(rows: readonly RunEventRow[]): FreshEvent[] {
  return rows.map((row) => {
    const { value, length } = asStored(row.payload);
    return { row: { ...row, payload: value } as RunEventRow, length: length + 500 };
  });
}

/** The value as jsonb gives it back, with the keys of its objects by their length in bytes and then by these, and how long it is about. */
function asStored(value: JsonValue): { value: JsonValue; length: number } {
  if (typeof value === "string") return { value, length: value.length };
  if (typeof value !== "object" || value === null) return { value, length: 8 };
  let length = 0;
  if (Array.isArray(value)) {
    const items = value.map((item) => {
      const stored = asStored(item);
      length += stored.length;
      return stored.value;
    });
    return { value: items, length };
  }
  const object = {};
  for (const key of Object.keys(value).toSorted(byStoredOrder)) {
    const stored = asStored(value[key] as JsonValue);
    length += key.length + stored.length;
    put(object, key, stored.value);
  }
  return { value: object, length };
}

function byStoredOrder(one: string, other: string): number {
  const bytes = Buffer.byteLength(one) - Buffer.byteLength(other);
  return bytes === 0 ? Buffer.compare(Buffer.from(one), Buffer.from(other)) : bytes;
}
