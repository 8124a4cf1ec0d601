import type { RunEventType } from "../../generated/client/graphql.js";
import { type DraftEntry, streamKey } from "./timeline-entries.js";
import type { TimelineEvent } from "./timeline-event.js";

/** A piece of text that is being made. */
export interface Delta {
  run: { id: string };
  streamId: string;
  type: RunEventType;
  text: string;
  reset: boolean;
}

/** How long a text waits for more, in milliseconds: a stream ends after 60 s of silence, of which nobody is told. */
const silenceMs = 65_000;

/** The texts of a session that are being made. */
export class Drafts {
  readonly #drafts = new Map<string, { entry: DraftEntry; heardAt: number }>();
  #shown: readonly DraftEntry[] = [];
  #isChanged = false;

  /** Takes a batch. The events come first: what one of them is the whole of is no draft any more. */
  add(events: readonly TimelineEvent[], deltas: readonly Delta[]): void {
    for (const event of events) {
      if (event.streamId) this.#remove(streamKey(event.run.id, event.streamId));
      if (event.__typename === "TerminalStatusEvent") this.#removeRun(event.run.id);
    }
    for (const { run, streamId, type, text, reset } of deltas) {
      const key = streamKey(run.id, streamId);
      const before = reset ? "" : (this.#drafts.get(key)?.entry.text ?? "");
      const entry = { kind: "draft", key, runId: run.id, streamId, type, text: before + text } as const;
      this.#drafts.set(key, { entry, heardAt: performance.now() });
      this.#isChanged = true;
    }
  }

  /** Takes out what has been silent for too long. Gives when to look again, in milliseconds; undefined where there is nothing. */
  sweep(): number | undefined {
    let next: number | undefined;
    for (const [key, { heardAt }] of this.#drafts) {
      const leftMs = heardAt + silenceMs - performance.now();
      if (leftMs <= 0) this.#remove(key);
      else next = Math.min(next ?? leftMs, leftMs);
    }
    return next;
  }

  /** All of them, in the order in which they were begun. */
  shown(): readonly DraftEntry[] {
    if (this.#isChanged) this.#shown = [...this.#drafts.values()].map(({ entry }) => entry);
    this.#isChanged = false;
    return this.#shown;
  }

  #removeRun(runId: string): void {
    for (const [key, { entry }] of this.#drafts) if (entry.runId === runId) this.#remove(key);
  }

  #remove(key: string): void {
    if (this.#drafts.delete(key)) this.#isChanged = true;
  }
}
