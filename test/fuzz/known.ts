import type { Random } from "../support/random.js";

/** How many values of a kind are remembered: the newest, and those of the beginning. */
const most = 400;

/** The keys of answers whose values are worth sending again. */
const kept: Readonly<Record<string, string>> = {
  cursor: "cursor",
  startCursor: "cursor",
  endCursor: "cursor",
  leaseToken: "leaseToken",
  sessionId: "sessionId",
  idempotencyKey: "idempotencyKey",
  queue: "queue",
  lane: "lane",
  projectId: "projectId",
  version: "version",
};

/** Ids, cursors, names and tokens that the service has told: what is asked for next is often there. */
export class Known {
  readonly #byKind = new Map<string, (string | number)[]>();

  /** Remembers what an answer tells. */
  learn(value: unknown, key = ""): void {
    if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) this.learn(child, Array.isArray(value) ? key : name);
    } else if (typeof value === "string" && /^(ses|run|cmd|evt|rnr|job|qt|att)_\w+$/.test(value)) {
      this.#keep(value.slice(0, value.indexOf("_")), value);
    } else if (typeof value === "string" || typeof value === "number") {
      const kind = kept[key];
      if (kind !== undefined) this.#keep(kind, value);
    }
  }

  /** One of a kind (the prefix of an id, or a name such as `cursor`); undefined if none is known. */
  pick(kind: string, random: Random): string | number | undefined {
    const values = this.#byKind.get(kind);
    return values && random.pick(values);
  }

  #keep(kind: string, value: string | number): void {
    const values = this.#byKind.get(kind) ?? [];
    this.#byKind.set(kind, values);
    if (values.length === most) values.splice(most / 4, 1);
    values.push(value);
  }
}
