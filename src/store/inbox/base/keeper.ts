import { LRUCache } from "lru-cache";
import { entries } from "../../../domain/entries.js";
import type { Background } from "../../background.js";
import type { TenantClient } from "../../statement.js";
import { hasBase, keepLabel, tendBase } from "./keep.js";
import { saveNeededSkips } from "../skip.js";
import { baseLimits, nobody } from "./since.js";

/** Of how many readers it is remembered that their counts are kept. */
const rememberedReaders = 10_000;

/** How long it is remembered that something was done about a reader's base, in milliseconds. */
const restMs = 5_000;

/** How long it is remembered that a reader has no base, in milliseconds: another node may make one. */
const missedMs = 60_000;

/**
 * Knows whose counts are kept, as far as this node has met them, and has bases made and moved in the background. What it knows decides
 * how long a reading takes, never what it gives.
 */
export class BaseKeeper {
  readonly #background: Background;
  readonly #kept = new LRUCache<string, true>(entries(rememberedReaders));
  /** Who has no base, as far as was seen. */
  readonly #missed = new LRUCache<string, true>({ ...entries(rememberedReaders), ttl: missedMs });
  readonly #lately = new LRUCache<string, true>({ ...entries(rememberedReaders), ttl: restMs });

  constructor(background: Background) {
    this.#background = background;
  }

  /** Tells whether a reader's counts are known to be kept, or those of a label. */
  isKept(client: TenantClient, readerId: string | null, label?: string): boolean {
    return this.#kept.has(keyOf(client, readerId, label));
  }

  /**
   * Tells whether a reader's counts may be kept, or those of a label. Of whom nothing is known yet they may: to look costs little, to count
   * much. Of a label it is known: most are counted soon.
   */
  mayBeKept(client: TenantClient, readerId: string | null, label?: string): boolean {
    if (label !== undefined && !this.isKept(client, readerId, label)) return false;
    return !this.#missed.has(keyOf(client, readerId));
  }

  /** Hears that there was no base to read from, or that it was too far behind; or that it lacks the label. */
  missed(client: TenantClient, readerId: string | null, label?: string): void {
    const key = keyOf(client, readerId, label);
    if (label === undefined) this.#missed.set(key, true);
    this.#kept.delete(key);
  }

  /**
   * Hears how many sessions were counted: many are worth a base, and skips, by which a few that are unread are found; many with a label
   * are worth counts of the label. Where it is not known whether the reader has a base, that is looked up for the next time.
   */
  counted(client: TenantClient, readerId: string | null, total: number, label?: string): void {
    if (label !== undefined && total >= baseLimits.labelled)
      this.#soon(client, readerId, `counted ${label}`, async () => {
        await this.#tend(client, readerId);
        if (await keepLabel(client, readerId ?? nobody, label))
          this.#kept.set(keyOf(client, readerId, label), true);
      });
    else if (total >= baseLimits.sessions)
      this.#soon(client, readerId, "counted", async () => {
        if (readerId !== null) await saveNeededSkips(client, readerId, "ACTIVITY");
        await this.#tend(client, readerId);
      });
    else if (!this.isKept(client, readerId) && this.mayBeKept(client, readerId))
      this.#soon(client, readerId, "looked up", async () => {
        if (await hasBase(client, readerId ?? nobody)) this.#kept.set(keyOf(client, readerId), true);
        else this.missed(client, readerId);
      });
  }

  /** Hears that a reader has marked sessions: where counts are kept, theirs are worth it before they are asked for. */
  marked(client: TenantClient, readerId: string): void {
    this.#soon(client, readerId, "marked", async () => {
      if (await hasBase(client, readerId)) await this.#tend(client, readerId);
    });
  }

  /** Hears how many changes a reading from a base met: many are worth moving it. */
  met(client: TenantClient, readerId: string | null, changes: number): void {
    this.#kept.set(keyOf(client, readerId), true);
    if (changes >= baseLimits.moved) this.#soon(client, readerId, "met", () => this.#tend(client, readerId));
  }

  /** Does something about the reader's base in the background, unless that was done lately for this cause. */
  #soon(client: TenantClient, readerId: string | null, cause: string, work: () => Promise<void>): void {
    const key = `${cause} ${keyOf(client, readerId)}`;
    if (this.#lately.has(key)) return;
    this.#lately.set(key, true);
    this.#background.run(work);
  }

  async #tend(client: TenantClient, readerId: string | null): Promise<void> {
    const key = keyOf(client, readerId);
    await tendBase(client, readerId ?? nobody);
    this.#missed.delete(key);
    this.#kept.set(key, true);
  }
}

function keyOf({ tenantId }: TenantClient, readerId: string | null, label: string | null = null): string {
  return JSON.stringify([tenantId, readerId, label]);
}
