/*
 * All sessions of a scope read in one step: a row that says up to which version, in place of a mark on each (see
 * ReaderReadUpTo in prisma/schema.prisma). It is as good for a million sessions as for ten.
 */
import type { ListState } from "../../domain/inbox/list.js";
import type { Instant } from "../../domain/instant.js";
import { readerTopic } from "../../domain/topic.js";
import { Clause, prepare } from "../listing/clause.js";
import { keepSessions } from "../session-locks.js";
import { type TenantClient, statement } from "../statement.js";
import type { Tx } from "../tx.js";
import { keptStep } from "./base/read.js";
import { type SessionFilter, holdsRoots, lastingConditions, notExpired, stateConditions } from "./list.js";
import { type SeenList, currentVersion, isReadBy } from "./mark-list-read.js";
import { saveSkipsOfAllRead } from "./skip.js";
import { isMarkedUnread, isRead, joinMark, joinUpTo, readAt, readVersion } from "./standing.js";

/** What reading a scope in one step would do, as the sessions and marks were at one moment. */
export interface Step {
  /** The version up to which it is read. */
  version: number;
  /** The tenant's version at that moment. */
  current: number;
  /** How many sessions become read. Archived and snoozed ones are among them. */
  changed: number;
  /** Unread sessions of the scope that the list does not hold, for the sake of its state: they stay unread. */
  others: string[];
  /** True if no session of the reader that rests, of whatever scope, stays unread. */
  leavesNone: boolean;
  /** What happens after the moment of the step comes after this instant in the order of activity. */
  settled: Instant;
}

/** A step as kept counts tell it. */
export interface KeptStep extends Step {
  /** How many of the sessions that become read the list holds: those that are neither archived nor snoozed. */
  listed: number;
}

/** How many bytes the names of a scope's row have at most: an index of Postgres holds no longer ones. */
const maxScopeBytes = 2_600;

/**
 * Tells whether a reader's list is a scope, whose row can say that all of it was read: it holds roots, nothing but its project, profile
 * and state narrow it, and these names fit into an index. Four of 200 characters of four bytes do not.
 */
export function isScope({ tenantId }: TenantClient, readerId: string, filter: SessionFilter): boolean {
  const names = [tenantId, readerId, filter.projectId ?? "", filter.backendProfile ?? ""];
  if (Buffer.byteLength(names.join("")) > maxScopeBytes) return false;
  const { reasons, search, updatedAfter, archived, snoozed, labelsAll, labelsAny } = filter;
  return (
    holdsRoots(filter) &&
    !labelsAll &&
    !labelsAny &&
    !reasons &&
    !search &&
    !updatedAfter &&
    !archived &&
    !snoozed
  );
}

/** Which unread sessions a list of each state does not hold. */
const otherConditions: Record<ListState, string> = {
  DEFAULT: "false",
  ALL: "false",
  RUNNING: "NOT session.active",
  UNREAD: "session.active",
  READ: "true",
  TERMINAL: "session.execution_state <> 'TERMINAL'",
  IDLE: "session.execution_state <> 'IDLE'",
};

/** Measures what reading a scope in one step would do. It names at most `limit` of the others. */
export async function measureStep(client: TenantClient, list: SeenList, limit: number): Promise<Step> {
  const step = await measureBy<Step>(measure, client, list, limit);
  if (!step) throw new Error("a tenant with unread sessions has no row");
  return step;
}

/** As {@link measureStep}, by counts that are kept, without a look at the sessions. Undefined where they are not kept. */
export function measureKeptStep(
  client: TenantClient,
  list: SeenList,
  limit: number,
): Promise<KeptStep | undefined> {
  return measureBy<KeptStep>(keptMeasure, client, list, limit);
}

/** Makes the SQL of what a step has in numbers, and how many sessions stay unread that rest; `version` is that up to which is read. */
type Measure = (clause: Clause, list: SeenList, version: string) => string;

const measure: Measure = (clause, { filter }, version) => {
  const becomesRead = `(${stateConditions[filter.state]}) AND ${isReadBy(version)}`;
  return `SELECT count(*) FILTER (WHERE becomes_read AND ${notExpired(filter)}) AS changed,
      count(*) FILTER (WHERE NOT becomes_read AND rests) AS staying
    FROM (
      SELECT session.expires_at, NOT session.active AS rests, ${becomesRead} AS becomes_read
      FROM ${clause.from("whole")} WHERE ${clause.where()} AND NOT ${isRead}
    ) AS session`;
};

const keptMeasure: Measure = (clause, { filter, readerId }, version) =>
  keptStep((value, type) => clause.value(value, type), {
    filter,
    readerId,
    version,
    staysUnread: `NOT ${isRead} AND NOT (${isReadBy(version)})`,
  });

async function measureBy<Measured extends Step>(
  way: Measure,
  client: TenantClient,
  list: SeenList,
  limit: number,
): Promise<Measured | undefined> {
  const { readerId, filter, upToVersion } = list;
  const clause = new Clause({
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: lastingConditions(filter),
    order: [],
    direction: "asc",
  });
  const version = `least(${clause.value(upToVersion, "bigint")}, ${currentVersion})`;
  const others = `SELECT session.id FROM ${clause.from("whole")} WHERE ${clause.where()} AND ${otherConditions[filter.state]} AND NOT ${isRead}`;
  const text = `
    SELECT ${version} AS version, ${currentVersion} AS current, scope.*, clock_timestamp() - interval '5 minutes' AS settled,
      scope.staying = 0 AND ${filter.projectId || filter.backendProfile ? "false" : "true"} AS "leavesNone",
      ARRAY(${others} LIMIT ${clause.value(limit, "int")}) AS others
    FROM (${way(clause, list, version)}) AS scope`;
  const [step] = await client.rows(prepare<Measured>(text), clause.values);
  return step;
}

/** Reads the scope in one step as it was measured, and tells the reader's followers. */
export async function saveStep(tx: Tx, { readerId, filter }: SeenList, step: Step): Promise<void> {
  const { version, others, current, settled, leavesNone } = step;
  if (others.length > 0) await keepSessions(tx, others);
  // By itself, so that what follows sees every mark that was made before.
  const [taken] = await tx.rows(takeVersion);
  if (!taken) throw new Error("a tenant with unread sessions has no row");
  const given = { readerId, version, changeVersion: taken.version };
  if (others.length > 0) await tx.rows(keep, { ...given, ids: others });
  const scope = { projectId: filter.projectId ?? "", backendProfile: filter.backendProfile ?? "" };
  await tx.rows(dropNarrower, { readerId, version, ...scope });
  await tx.rows(save, { ...given, ...scope });
  await saveSkipsOfAllRead(tx, readerId, taken.version, leavesNone ? { version: current, settled } : null);
  tx.topics.add(readerTopic(tx.tenantId, readerId));
}
const takeVersion = statement<{ version: number }>(
  "UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version",
);

type Given = { readerId: string; version: number; changeVersion: number };
type Scope = { projectId: string; backendProfile: string };

// What the rows have said of a session until now is put into its own mark.
const keep = statement<never, Given & { ids: readonly string[] }>(`
  INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, read_version, read_at, marked_unread, kept_version, change_version)
  SELECT :tenantId, :readerId, session.id, ${readVersion}, ${readAt}, ${isMarkedUnread}, :version::bigint, :changeVersion::bigint
  FROM session
    LEFT JOIN reader_mark AS mark ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId AND mark.session_id = session.id
    ${joinUpTo(":readerId")}
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:ids::text[])
  ON CONFLICT (tenant_id, reader_id, session_id) DO UPDATE SET read_version = excluded.read_version, read_at = excluded.read_at,
    marked_unread = excluded.marked_unread, change_version = excluded.change_version,
    kept_version = greatest(kept.kept_version, excluded.kept_version)`);

const dropNarrower = statement<never, { readerId: string; version: number } & Scope>(`
  DELETE FROM reader_read_up_to WHERE tenant_id = :tenantId AND reader_id = :readerId AND version <= :version::bigint
    AND (project_id, backend_profile) <> (:projectId::text, :backendProfile::text)
    AND :projectId IN ('', project_id) AND :backendProfile IN ('', backend_profile)`);

const save = statement<never, Given & Scope>(`
  INSERT INTO reader_read_up_to AS kept (tenant_id, reader_id, project_id, backend_profile, version, read_at, change_version)
  VALUES (:tenantId, :readerId, :projectId, :backendProfile, :version, clock_timestamp(), :changeVersion)
  ON CONFLICT (tenant_id, reader_id, project_id, backend_profile)
    DO UPDATE SET version = excluded.version, read_at = excluded.read_at, change_version = excluded.change_version
    WHERE kept.version < excluded.version`);
