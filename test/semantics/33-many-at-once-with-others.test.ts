/*
 * What is done to many sessions at once while others write, and while the node that does it dies. AS_OF_ROUNDS=1000 and
 * KILL_ROUNDS=50 are the long form.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { createRandom } from "../support/random.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, asking, callerOf, startService } from "../support/start-service.js";

const asOfRounds = Number(process.env["AS_OF_ROUNDS"] ?? 4);
const killRounds = Number(process.env["KILL_ROUNDS"] ?? 2);
const writers = 8;
const many = 1_000;

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await node.pool.query(`INSERT INTO tenant (tenant_id, version) VALUES ('local', ${many})`);
  await node.pool.query(`
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state, reason,
      reason_since, last_activity_at, created_at, updated_at)
    SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p' || i % 50, 'codex', i, i, 'IDLE', 'FINISHED', now(), now(), now(), now()
    FROM generate_series(1, ${many}) AS i`);
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const ids = Array.from({ length: many }, (_, n) => `ses_${(n + 1).toString(16).padStart(32, "0")}`);

const updateMany = graphql(`
  mutation UpdateManyAmongOthers($input: UpdateSessionsInput!) {
    updateSessions(input: $input) { changed results { id outcome error { code } } }
  }
`);

it("a thousand sessions cost at most 12 statements, whatever is done to them together", async () => {
  const snoozeUntil = "2999-01-01T00:00:00Z";
  for (const action of [{ pin: true }, { addLabels: ["many"] }, { snoozeUntil }, { unsnooze: true }]) {
    const input = { target: { ids }, action };
    let changed = 0;
    const sent = await recordStatements(async () => {
      const text = `mutation ($input: UpdateSessionsInput!) { updateSessions(input: $input) { changed counts { total } } }`;
      changed = (await service.ask(text, { input })).updateSessions.changed;
    });
    expect(changed).toBe(many);
    // What is indexed meanwhile is not of the call; its transaction is begun and committed by a statement each.
    const named = sent.filter(
      ({ name, text }) => name && !/search_|pg_snapshot_xmin|pg_current_xact/.test(text),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.length + 2).toBeLessThanOrEqual(12);
  }
});

it("nothing is touched that is newer than asOf, with writers all around, and all else is", async () => {
  // Notes of each session that gets a label of a round how new it was right before.
  await node.pool.query(`
    CREATE TABLE touched (label text, id text, change_version bigint);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO touched SELECT label, NEW.id, OLD.change_version FROM unnest(NEW.labels) AS label
        WHERE label LIKE 'round-%' AND label <> ALL(OLD.labels);
      RETURN NEW; END $$;
    CREATE TRIGGER noting AFTER UPDATE OF labels ON session FOR EACH ROW EXECUTE FUNCTION note()`);
  const page = graphql(`
    query PageAmongOthers($filter: SessionFilter) { sessions(first: 100, filter: $filter) { changeVersion nodes { id } } }
  `);
  const edit = graphql(`
    mutation EditAmongOthers($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
  `);
  let isDone = false;
  const write = async (seed: number) => {
    const random = createRandom(seed);
    for (let turn = 0; !isDone; turn += 1) {
      // Those of the first project alone, which are looked at.
      const id = found(ids[50 * random.below(20) + 49]);
      await service.ask(edit, { input: { session: { id }, title: `title ${seed} ${turn}` } });
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, (_, seed) => write(seed)));
  const filter = { projectId: "p0", state: "ALL" } as const;
  let refused = 0;
  try {
    for (let round = 0; round < asOfRounds; round += 1) {
      const { sessions } = await service.ask(page, { filter });
      expect(sessions.nodes).toHaveLength(20);
      const label = `round-${round}`;
      const input = {
        target: { ids: sessions.nodes.map(({ id }) => id) },
        action: { addLabels: [label] },
        asOf: sessions.changeVersion,
      };
      const { results } = (await service.ask(updateMany, { input })).updateSessions;
      const { rows } = await node.pool.query<{ id: string; change_version: string }>(
        "SELECT id, change_version FROM touched WHERE label = $1",
        [label],
      );
      for (const row of rows) expect(Number(row.change_version)).toBeLessThanOrEqual(sessions.changeVersion);
      const changed = results.filter(({ outcome }) => outcome === "CHANGED").map(({ id }) => id);
      expect(rows.map(({ id }) => id).toSorted()).toEqual(changed.toSorted());
      const others = results.filter(({ outcome }) => outcome !== "CHANGED");
      expect(others.map(({ error }) => error?.code)).toEqual(others.map(() => "PRECONDITION_FAILED"));
      refused += others.length;
      await service.ask(updateMany, {
        input: { target: { ids }, action: { removeLabels: [label] } },
      });
    }
  } finally {
    isDone = true;
    await writing;
  }
  if (asOfRounds >= 100) expect(refused).toBeGreaterThan(0);
});

it("a node that is killed with kill -9 meanwhile has done all of it or nothing", async () => {
  const killed = await startServiceProcess(service.databaseUrl);
  const random = createRandom(9);
  for (let round = 0; round < killRounds; round += 1) {
    const label = `kill-${round}`;
    const asks = asking(callerOf(killed.url));
    const input = { target: { ids }, action: { addLabels: [label] } };
    const answered = asks.ask(updateMany, { input }).then(
      () => true,
      () => false,
    );
    await delay(random.below(250));
    await killed.kill();
    const isTold = await answered;
    const { rows } = await node.pool.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM session_label WHERE label = $1",
      [label],
    );
    expect(isTold ? [many] : [0, many]).toContain(rows[0]?.count);
    if (round + 1 < killRounds) await killed.start();
  }
});
