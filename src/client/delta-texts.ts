/** What of a batch tells of text that is being made: the batches of `followRun` and `followSession` are such. */
export interface DeltaSource {
  events: readonly { streamId?: string | null; run?: { id: string } }[];
  deltas: readonly { run: { id: string }; streamId: string; offset: number; text: string; reset: boolean }[];
  run?: { id: string } | null;
}

/** The texts that are being made, put together from the batches of one subscription: all of them, in their order. */
export class DeltaTexts {
  readonly #texts = new Map<string, string>();

  /** Takes a batch. The events come first: what one of them is the whole of is forgotten. */
  add({ events, deltas, run: followed }: DeltaSource): void {
    for (const { streamId, run = followed } of events)
      if (typeof streamId === "string" && run) this.#texts.delete(keyOf(run.id, streamId));
    for (const { run, streamId, text, reset } of deltas) {
      const key = keyOf(run.id, streamId);
      this.#texts.set(key, reset ? text : (this.#texts.get(key) ?? "") + text);
    }
  }

  /** The text so far of a stream of a run; undefined if none has come, or if its event has. */
  get(runId: string, streamId: string): string | undefined {
    return this.#texts.get(keyOf(runId, streamId));
  }
}

function keyOf(runId: string, streamId: string): string {
  return `${runId} ${streamId}`;
}
