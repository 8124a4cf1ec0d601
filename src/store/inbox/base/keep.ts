/* How a reader's base is begun, counted, moved and dropped: see ReaderBase in prisma/schema.prisma. */
import { type TenantClient, statement } from "../../statement.js";
import { isHeldSnoozed, joinMark } from "../standing.js";
import {
  type BaseLimits,
  baseLimits,
  cellOf,
  changedSince,
  changesHeld,
  nobody,
  rolledUp,
  scopedCell,
} from "./since.js";

type OfReader = { readerId: string };

/** The SQL of what was counted of a base: its turn then and the labels that it is to have; roots, and those of these labels. */
interface Counting {
  base: string;
  roots: string;
  labelled: string;
}

/**
 * Saves what was counted of a base, and as of which version that is, unless anything has changed the base since. Its row is locked once
 * the counting is done, and the whole is one statement, so of one moment.
 */
const saveCounted = ({ base, roots, labelled }: Counting) => `
  now AS MATERIALIZED (SELECT version, gen_random_uuid() AS turn FROM tenant WHERE tenant_id = :tenantId),
  counted AS MATERIALIZED (${roots}),
  counted_label AS MATERIALIZED (${labelled}),
  held AS MATERIALIZED (
    SELECT kept.reader_id, base.labels
    FROM reader_base AS kept CROSS JOIN (SELECT (SELECT count(*) FROM counted), (SELECT count(*) FROM counted_label)) AS work
      JOIN (${base}) AS base ON kept.turn = base.turn
    WHERE kept.tenant_id = :tenantId AND kept.reader_id = :readerId::text FOR UPDATE OF kept
  ), saved AS (
    INSERT INTO reader_base_count AS kept (tenant_id, reader_id, ${scopedCell}, n)
    SELECT :tenantId, held.reader_id, ${scopedCell}, n FROM held CROSS JOIN counted
    ON CONFLICT (tenant_id, reader_id, ${scopedCell}) DO UPDATE SET n = kept.n + excluded.n
  ), saved_label AS (
    INSERT INTO reader_base_label_count AS kept (tenant_id, reader_id, label, ${scopedCell}, n)
    SELECT :tenantId, held.reader_id, label, ${scopedCell}, n FROM held CROSS JOIN counted_label
    ON CONFLICT (tenant_id, reader_id, label, ${scopedCell}) DO UPDATE SET n = kept.n + excluded.n
  )
  UPDATE reader_base SET version = now.version, settled = true, turn = now.turn, labels = held.labels, labels_turn = now.turn,
    changed_at = clock_timestamp()
  FROM held, now WHERE reader_base.tenant_id = :tenantId AND reader_base.reader_id = held.reader_id RETURNING 1 AS done`;

const whole = joinMark("").whole.sql.replaceAll("?", ":readerId");

/**
 * The SQL of the roots that have one of these labels, once for each that they have, and how they stand with the reader. Each is looked up:
 * without statistics a join passes over the tenant's sessions for each. One that is deleted has its labels no more.
 */
const labelledRoots = (labels: string) => `
  SELECT session_label.label, ${cellOf(isHeldSnoozed)}
  FROM session_label CROSS JOIN LATERAL (SELECT * FROM session WHERE tenant_id = :tenantId AND id = session_label.session_id LIMIT 1) AS session ${whole}
  WHERE session_label.tenant_id = :tenantId AND session_label.label = ANY(${labels}) AND session_label.label = ANY(session.labels)
    AND session.parent_id IS NULL AND NOT session.expired`;

/** Moves a reader's own base to the newest version. False if it has none, it is too far behind, or somebody else has changed it. */
export async function moveBase(
  client: TenantClient,
  readerId: string,
  limits = baseLimits,
): Promise<boolean> {
  return (await client.rows(moveWithin(limits), { readerId })).length > 0;
}
const changed = (limits: BaseLimits) =>
  `${changedSince(":readerId::text", limits.changes)}, changed AS MATERIALIZED (${changesHeld()})`;
const movable = "known WHERE reader_id = :readerId::text AND NOT is_full";
const changedRoots = rolledUp("sum(n)", "changed");
const changedLabels = rolledUp(
  "sum(n)",
  "(SELECT label, changed.* FROM known, changed, unnest(changed.labels) AS label WHERE label = ANY(known.labels))",
  "label,",
);
const moveWithin = byLimits((limits) =>
  statement<{ done: number }, OfReader>(`
    WITH ${changed(limits)}, ${saveCounted({
      base: `SELECT turn, labels FROM ${movable}`,
      roots: changedRoots,
      labelled: changedLabels,
    })}`),
);

/**
 * Moves a reader's base, and counts the roots that have a label as well, from then on. True if it has counts of the label; false if
 * there is no base to add them to, it has no room for them, or somebody else has changed it.
 */
export async function keepLabel(
  client: TenantClient,
  readerId: string,
  label: string,
  limits = baseLimits,
): Promise<boolean> {
  const [state] = await client.rows(stateWithin(limits), { readerId });
  if (!state) return false;
  if (state.labels.includes(label)) return true;
  const given = { readerId: state.owner, label, labels: limits.labels };
  return (await client.rows(addLabelWithin(limits), given)).length > 0;
}
// What an older node has left behind of the label is taken away. Somebody else may have added it since it was looked for: added twice, each
// of its changes would count twice.
const addLabelWithin = byLimits((limits) =>
  statement<{ done: number }, OfReader & { label: string; labels: number }>(`
    WITH ${changed(limits)}, labelled AS (${labelledRoots("ARRAY[:label::text]")}), ${saveCounted({
      base: `SELECT turn, labels || :label::text AS labels FROM ${movable}
        AND cardinality(labels) < :labels::int AND :label <> ALL(labels)`,
      roots: changedRoots,
      labelled: `SELECT label, ${scopedCell}, sum(n) AS n FROM (${changedLabels}
        UNION ALL ${rolledUp("count(*)", "labelled", "label,")}
        UNION ALL SELECT label, ${scopedCell}, -n FROM reader_base_label_count
          WHERE tenant_id = :tenantId AND reader_id = :readerId AND label = :label) AS part GROUP BY label, ${scopedCell}`,
    })}`),
);

/** Keeps what is made of limits, so that a statement is built once. */
function byLimits<Made>(make: (limits: BaseLimits) => Made): (limits: BaseLimits) => Made {
  const usual = make(baseLimits);
  return (limits) => (limits === baseLimits ? usual : make(limits));
}

/**
 * Makes a reader's base, with counts of these labels. It is begun first, by itself: from then on every change is written down. Each root
 * of the tenant is read once, which takes 1.5 to 3 s for a million. False if it is there already, or somebody else makes it.
 */
export async function makeBase(
  client: TenantClient,
  readerId: string,
  labels: readonly string[] = [],
): Promise<boolean> {
  const [begun] = await client.rows(begin, { readerId });
  if (!begun) return false;
  return (await client.rows(count, { readerId, turn: begun.turn, labels })).length > 0;
}
const begin = statement<{ turn: string }, OfReader>(`
  WITH held AS MATERIALIZED (SELECT version FROM tenant WHERE tenant_id = :tenantId FOR NO KEY UPDATE)
  INSERT INTO reader_base (tenant_id, reader_id, version) SELECT :tenantId, :readerId, version FROM held
  ON CONFLICT DO NOTHING RETURNING turn`);
const count = statement<{ done: number }, OfReader & { turn: string; labels: readonly string[] }>(`
  WITH root AS (
    SELECT ${cellOf(isHeldSnoozed)} FROM session ${whole}
    WHERE session.tenant_id = :tenantId AND session.parent_id IS NULL AND NOT session.expired
  ), labelled AS (${labelledRoots(":labels::text[]")}), ${saveCounted({
    base: "SELECT :turn::uuid AS turn, :labels::text[] AS labels",
    roots: rolledUp("count(*)", "root"),
    labelled: rolledUp("count(*)", "labelled", "label,"),
  })}`);

/** Drops a reader's base, with its counts. */
export async function dropBase(client: TenantClient, readerId: string): Promise<void> {
  await client.rows(drop, { readerId });
}
const drop = statement<never, OfReader>(
  `DELETE FROM reader_base WHERE tenant_id = :tenantId AND reader_id = :readerId`,
);

/** The base that a reader reads from: whose it is, how many changes of roots and of the reader's marks it has behind it, and its labels. */
interface BaseState {
  owner: string;
  sessions: number;
  marks: number;
  labels: string[];
}

/** After how many seconds a base that is still being counted was left by its maker. */
export const abandonedSeconds = 600;

/**
 * Does what a reader's base needs: it is made if there is none, made anew if it is too far behind, and moved if it is some changes
 * behind. Readers with few marks share the base of nobody.
 */
export async function tendBase(client: TenantClient, readerId: string, limits = baseLimits): Promise<void> {
  await client.rows(dropAbandoned, { readerId });
  const [state] = await client.rows(stateWithin(limits), { readerId });
  if (!state) {
    const [few] = await client.rows(hasFewMarks, { readerId, most: limits.moved });
    await makeBase(client, few?.few === true ? nobody : readerId);
    return;
  }
  const { owner, sessions, marks, labels } = state;
  if (owner !== readerId && marks >= limits.moved) await makeBase(client, readerId, labels);
  else if (Math.max(sessions, marks) >= limits.changes) {
    await dropBase(client, owner);
    await makeBase(client, owner, labels);
  } else if (sessions + marks >= limits.moved) await moveBase(client, owner, limits);
}
const dropAbandoned = statement<never, OfReader>(`
  DELETE FROM reader_base WHERE tenant_id = :tenantId AND reader_id IN (:readerId, '') AND NOT settled
    AND changed_at < clock_timestamp() - interval '${abandonedSeconds} seconds'`);
const stateWithin = byLimits(({ changes }) =>
  statement<BaseState, OfReader>(`
    WITH ${changedSince(":readerId::text", changes)}
    SELECT reader_id AS owner, labels, (SELECT count(*)::int FROM session_log) AS sessions,
      (SELECT count(*)::int FROM mark_log) + (SELECT count(*)::int FROM every_mark) AS marks FROM known`),
);
const hasFewMarks = statement<{ few: boolean }, OfReader & { most: number }>(`
  SELECT NOT EXISTS (SELECT FROM reader_read_up_to WHERE tenant_id = :tenantId AND reader_id = :readerId)
    AND (SELECT count(*) FROM (SELECT FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = :readerId
      ORDER BY session_id LIMIT :most) AS few) < :most AS few FROM tenant WHERE tenant_id = :tenantId`);

/** Tells whether a reader has a base, of its own or that of nobody. */
export async function hasBase(client: TenantClient, readerId: string): Promise<boolean> {
  return (await client.rows(anyBase, { readerId })).length > 0;
}
const anyBase = statement<{ found: number }, OfReader>(
  `SELECT 1 AS found FROM reader_base WHERE tenant_id = :tenantId AND reader_id IN (:readerId, '') AND settled LIMIT 1`,
);
