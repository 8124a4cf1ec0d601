import type pg from "pg";
import { keepLabel, makeBase, moveBase } from "../../../src/store/inbox/base/keep.js";
import { keptTotal, readKept } from "../../../src/store/inbox/base/read.js";
import { figures } from "../../../src/store/inbox/counts.js";
import { type SessionFilter } from "../../../src/store/inbox/list.js";
import { sessionListing } from "../../../src/store/inbox/session-listing.js";
import { readFacts } from "../../../src/store/listing/facts.js";
import { type AddValue, wholeTenant } from "../../../src/store/listing/listing.js";
import { measureKeptStep } from "../../../src/store/inbox/read-up-to.js";
import { type TenantClient, createTenantClient } from "../../../src/store/statement.js";
import { tenantId } from "../rows.js";
import type { Case } from "./cases.js";

const state = "ALL";
const filters: [string, Partial<SessionFilter>[]][] = [
  ["no filter", [{}]],
  ["project half", [{ projectId: "half" }]],
  ["label of half", [{ labelsAll: ["half"] }]],
  ["label of 1 in 200, project half", [{ labelsAll: ["some"], projectId: "half" }]],
  [
    "five tabs",
    [{}, { projectId: "half" }, { projectId: "p1" }, { archived: true }, { reasons: ["FAILED"] }],
  ],
];

/** Counts that are kept, once so many roots have changed since: a third of them have a newer version. */
export function keptCases(pool: pg.Pool): Case[] {
  const client = createTenantClient(pool, tenantId);
  const touch = (changes: number) =>
    pool.query(
      `WITH taken AS (UPDATE tenant SET version = version + $2 WHERE tenant_id = $1 RETURNING version - $2 AS version)
       UPDATE session SET change_version = taken.version + place, version = CASE WHEN place % 3 = 0 THEN taken.version + place ELSE session.version END,
         reason = 'STALE', active = false
       FROM taken, (SELECT id, row_number() OVER (ORDER BY md5(id)) AS place FROM session WHERE tenant_id = $1 ORDER BY md5(id) LIMIT $2) AS chosen
       WHERE session.tenant_id = $1 AND session.id = chosen.id`,
      [tenantId, changes],
    );
  return ["", "nothing", "scattered", "all"].flatMap((reader) =>
    [0, 100, 1_000].flatMap((changes): Case[] => {
      const prepare = async () => {
        if (!(await makeBase(client, reader))) await moveBase(client, reader);
        for (const label of ["half", "some"]) await keepLabel(client, reader, label);
        await pool.query(
          "ANALYZE session_was, mark_was, reader_base, reader_base_count, reader_base_label_count",
        );
        if (changes > 0) await touch(changes);
      };
      const [first, ...others] = casesOf(reader, `kept counts, ${reader || "nobody"}, ${changes} changes`);
      return first ? [{ ...first, prepare }, ...others] : [];
    }),
  );
}

function casesOf(readerId: string, name: string): Case[] {
  const all = filters.map(([tabs, some]) => ({
    name: `${name}, ${tabs}`,
    run: (client: TenantClient) =>
      readKept(client, { filters: some.map((filter) => ({ state, ...filter })), readerId }, figures),
  }));
  const filter: SessionFilter = { state: "DEFAULT" };
  const kept = { sql: (add: AddValue) => keptTotal(add, filter, readerId), isSure: true };
  return [
    ...all,
    {
      name: `${name}, totalCount DEFAULT`,
      run: (client) =>
        readFacts(client, { ...sessionListing(filter, "ATTENTION", readerId), kept }, [wholeTenant], {
          count: true,
        }),
    },
    {
      name: `${name}, marking all read`,
      run: (client) => measureKeptStep(client, { readerId, filter, upToVersion: null }, 1_001),
    },
  ];
}
