import { sessionsTopic, topicOf, type Wake } from "../../domain/topic.js";
import { isLostRace } from "../database-error.js";
import { Merger } from "../merger.js";
import type { Share } from "../share.js";
import type { TenantClient } from "../statement.js";
import { type Beginning, type Begun, beginSessions } from "./begin.js";

/** The most sessions that begin in one statement, which locks the tenant while it makes them: some milliseconds. */
const maxSessions = 32;

/** Begins sessions of a tenant: see {@link beginSessions}. Undefined is also what was not stored since another was quicker. */
export type Beginnings = Merger<Beginning, Begun | undefined>;

/** Begins sessions of one tenant, those that are asked for at the same time in one statement, and wakes their followers. */
export function createBeginnings(client: TenantClient, share: Share, wake: Wake): Beginnings {
  const { tenantId } = client;
  const tell = (beginnings: readonly Beginning[]) => {
    if (beginnings.length === 0) return;
    const ids = beginnings.flatMap(({ session, run }) => [session.id, run.id]);
    wake(new Set([sessionsTopic(tenantId), ...ids.map((id) => topicOf(tenantId, id))]));
  };
  const work = async (beginnings: readonly Beginning[]) => {
    try {
      const begun = await share.use(() => beginSessions(client, beginnings));
      tell(beginnings.filter((_, index) => begun[index] !== undefined));
      return begun;
    } catch (error) {
      if (beginnings.length === 1 && isLostRace(error)) return [undefined];
      throw error;
    }
  };
  return new Merger({ most: maxSessions, keysOf, work });
}

/** Names and keys differ in a statement. */
function keysOf({ session, run }: Beginning): string[] {
  const { projectId, idempotencyKey } = run;
  return [session.name, ...(idempotencyKey === null ? [] : [JSON.stringify([projectId, idempotencyKey])])];
}
