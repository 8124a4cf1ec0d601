import pLimit from "p-limit";
import type { RunEventType } from "../../domain/event.js";
import { type DeltaStreams, type Known, type KnownStreams, streamKey } from "../../store/delta/read.js";
import type { RunEventRow } from "../../store/row.js";

/** A piece of an event in the making, as a follower is sent it. */
export interface Delta {
  runId: string;
  streamId: string;
  type: RunEventType;
  /** How many code points came before. */
  offset: number;
  text: string;
  reset: boolean;
}

/** Tells a delta from an event. */
export function isDelta(item: Delta | RunEventRow): item is Delta {
  return "reset" in item;
}

/** How many views are remembered: who has fallen behind by more gets the texts so far anew. */
const keptViews = 16;

const nothing: KnownStreams = new Map();

/**
 * What followers of a run or a session have of its open streams. A view is how much of each stream was sent, under a number that
 * rises: 0 is nothing at all. It holds no text: what a view lacks is read from the table, so that a follower of any pace costs
 * no memory, and one whose view is forgotten begins anew.
 */
export class DeltaViews {
  readonly #streams: DeltaStreams;
  readonly #noun: "run" | "session";
  readonly #id: string;
  readonly #types: readonly RunEventType[] | null;
  readonly #views = new Map<number, KnownStreams>();
  /** The views of which more was to be read. What is read next has another number, also if that was nothing. */
  readonly #partial = new Set<number>();
  /** One reading after another: of two views the later number was read later. */
  readonly #inTurn = pLimit(1);
  #last = 0;

  constructor(
    streams: DeltaStreams,
    noun: "run" | "session",
    id: string,
    types: readonly RunEventType[] | null,
  ) {
    this.#streams = streams;
    this.#noun = noun;
    this.#id = id;
    this.#types = types;
  }

  /**
   * Reads what a view lacks, and gives the view with it. Of a stream that one of the events has ended nothing counts as known,
   * whatever came of it before. `hasMore` is true if more is to be read at once.
   */
  read(
    view: number,
    events: readonly RunEventRow[],
  ): Promise<{ deltas: Delta[]; view: number; hasMore: boolean }> {
    return this.#inTurn(async () => {
      const before = this.#views.get(view) ?? nothing;
      const known = without(before, events);
      const open = await this.#streams.read(this.#noun, this.#id, known, this.#types);
      const deltas: Delta[] = [];
      const after = new Map<string, Known>();
      let hasMore = false;
      for (const { beganAt, length, text, ...stream } of open) {
        const key = streamKey(stream);
        const was = known.get(key);
        const goesOn = was?.beganAt === beganAt;
        if (text === null) {
          hasMore = true;
          if (was && goesOn) after.set(key, was);
          continue;
        }
        // Nobody needs to know of a stream before it has a text, unless it had another.
        if (text !== "" || (was && !goesOn)) deltas.push({ ...stream, text, reset: !goesOn });
        if (was || text !== "") after.set(key, { beganAt, length });
      }
      const isNews = this.#partial.has(view) || !isSame(before, after);
      const reached = isNews ? this.#keep(after, view) : view;
      if (hasMore) this.#partial.add(reached);
      return { deltas, view: reached, hasMore };
    });
  }

  #keep(view: KnownStreams, before: number): number {
    const last = this.#views.get(this.#last);
    if (last && this.#last > before && isSame(last, view)) return this.#last;
    this.#last += 1;
    this.#views.set(this.#last, view);
    this.#views.delete(this.#last - keptViews);
    this.#partial.delete(this.#last - keptViews);
    return this.#last;
  }
}

function without(known: KnownStreams, events: readonly RunEventRow[]): KnownStreams {
  const ended = events.flatMap(({ runId, payload: { streamId } }) =>
    typeof streamId === "string" ? [streamKey({ runId, streamId })] : [],
  );
  if (!ended.some((key) => known.has(key))) return known;
  return new Map([...known].filter(([key]) => !ended.includes(key)));
}

function isSame(one: KnownStreams, other: KnownStreams): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([key, { beganAt, length }]) => {
    const same = other.get(key);
    return same?.beganAt === beganAt && same.length === length;
  });
}
