import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { JsonObject } from "../../domain/json-value.js";
import { canonicalJson } from "../../domain/json.js";
import { type CountingClient, type InboxCounts as Counts, countInbox } from "../../store/inbox/counts.js";
import type { TenantClient } from "../../store/statement.js";
import type { Inbox } from "./attention-place.js";

/** How long counts are kept, in milliseconds: what ends by the clock alone, such as a snooze, is counted as it was for as long. */
const keptMs = 2_000;

/** How many counts are kept: the one that was asked for longest ago is forgotten for another. */
const keptCounts = 1_000;

/** A digest of the tenant, the reader and the filter, in which what does not narrow it is left out. */
export function countsId({ tenantId }: TenantClient, { filter, readerId }: Inbox): string {
  const { state: _state, ...rest } = filter;
  const narrowing = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  const scope = canonicalJson([tenantId, readerId, Object.fromEntries(narrowing) as JsonObject]);
  return `counts_${createHash("sha256").update(scope).digest("base64url").slice(0, 22)}`;
}

/**
 * The counts that followers are sent. A change wakes all who follow an inbox, and counting reads the whole of it: those who are
 * not one audience (see following/subscribe.ts) share a count as well.
 */
export class KeptCounts {
  readonly #kept = new LRUCache<string, Counts, { store: CountingClient; inbox: Inbox }>({
    max: keptCounts,
    ttl: keptMs,
    fetchMethod: (_id, _old, { context: { store, inbox } }) =>
      countInbox(store, inbox.filter, inbox.readerId),
  });

  /** The counts of an inbox, in which every change up to this version of the tenant is counted. */
  async read(store: CountingClient, inbox: Inbox, version: number): Promise<Counts> {
    const id = countsId(store, inbox);
    const context = { store, inbox };
    const kept = await this.#kept.fetch(id, { context });
    if (kept && kept.version >= version) return kept;
    // What was under way may have begun before the change; what begins after it has counted it.
    const next = await this.#kept.fetch(id, { context, forceRefresh: true });
    if (next && next.version >= version) return next;
    return countInbox(store, inbox.filter, inbox.readerId);
  }
}
