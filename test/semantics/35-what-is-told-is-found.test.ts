import { describe, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { bucketBlocks } from "../../src/store/search/bucket.js";
import { findTenantsToIndex } from "../../src/store/search/find.js";
import type { SearchFilter } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { indexAll } from "../support/indexing.js";
import { searchAll } from "../support/search.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { codeOf } from "../support/start-service.js";
import { appendEvents, createSession, finishRun, readSession } from "../support/work.js";

// Nothing is indexed but by the tests themselves, through a node of their own.
const service = shareService();
const node = shareNode(service);

const long = "2020-05-01T00:00:00.000000Z";
const message = (text: string, occurredAt?: string) => ({
  type: "ASSISTANT_MESSAGE" as const,
  payload: { text },
  ...(occurredAt ? { occurredAt } : {}),
});

const saveLabels = graphql(`
  mutation LabelForSearch($input: UpdateSessionInput!) { updateSession(input: $input) { session { labels } } }
`);

describe("what happened long ago", () => {
  it("is indexed when it is told, though the session rests and its activity stays", async () => {
    const { sessionId, runId } = await createSession(service);
    await indexAll(node);
    expect((await readSession(service, sessionId)).executionState).not.toBe("RUNNING");
    const age = "UPDATE session SET last_activity_at = now() - interval '1 hour' WHERE tenant_id = 'local'";
    await node.pool.query(age);
    await expect.poll(() => indexAll(node)).toBe("DONE");
    expect(await findTenantsToIndex(node.pool)).not.toContain("local");

    await appendEvents(service, { runId, events: [message("thylacine", long)] });
    expect(await findTenantsToIndex(node.pool)).toContain("local");
    expect(await findTenantsToIndex(node.pool, ["local", "other"])).toEqual(["local"]);
    expect(await findTenantsToIndex(node.pool, ["other"])).toEqual([]);
    await expect.poll(() => indexAll(node)).toBe("DONE");
    expect(await searchAll(service, "thylacine")).toHaveLength(1);
    expect(await findTenantsToIndex(node.pool)).not.toContain("local");
  });

  it("is found by when it happened, and comes after what happened later", async () => {
    const { sessionId, runId } = await createSession(service);
    const times = ["2021-01-01T00:00:00.000000Z", long, "2022-01-01T00:00:00.000000Z"];
    const events = [...times.map((at) => message("quagga", at)), message("quagga")];
    await appendEvents(service, { runId, events });
    await indexAll(node);
    const seqs = async (filter: SearchFilter) =>
      (await searchAll(service, "quagga", { session: { sessionId }, ...filter }, 1)).map(
        ({ event }) => event?.sessionSeq ?? 0,
      );
    const [first = 0] = (await seqs({ occurredAfter: long, occurredBefore: times[2] ?? null })).slice(-1);
    const of = (...places: number[]) => places.map((place) => first + place);
    expect(await seqs({})).toEqual(of(3, 2, 0, 1));
    expect(await seqs({ occurredAfter: times[0] ?? null })).toEqual(of(3, 2));
    expect(await seqs({ occurredBefore: times[2] ?? null })).toEqual(of(0, 1));
    expect(await seqs({ occurredBefore: long })).toEqual([]);
    expect(await searchAll(service, "quagga", { occurredBefore: times[0] ?? null })).toHaveLength(1);
  });
});

it("what the agent thinks and plans is found as messages are", async () => {
  const { sessionId, runId } = await createSession(service);
  const entries = [
    { text: "Feed the dodo", status: "completed" },
    { text: "Count its eggs", status: "pending" },
  ];
  const events = [
    { type: "REASONING" as const, payload: { text: "perhaps the dodo hides" } },
    { type: "PLAN" as const, payload: { entries } },
  ];
  await appendEvents(service, { runId, events });
  await indexAll(node);
  const session = { sessionId };
  const hits = await searchAll(service, "dodo", { session, in: ["MESSAGE"] });
  expect(hits.map(({ event }) => event?.type)).toEqual(["PLAN", "REASONING"]);
  expect(found(hits[0]).snippet.text).toBe("Feed the dodo Count its eggs");
  expect(await searchAll(service, "pending", { session })).toEqual([]);
});

describe("narrowed by labels", () => {
  it("looks into sessions that have one of them now", async () => {
    const names: string[] = [];
    for (const addLabels of [["red", "x"], ["blue"], []]) {
      const { sessionId, runId } = await createSession(service);
      await appendEvents(service, { runId, events: [message("moa")] });
      await service.ask(saveLabels, { input: { session: { sessionId }, addLabels } });
      names.push(sessionId);
    }
    await indexAll(node);
    const search = async (filter: { labelsAny?: string[]; labelsAll?: string[] }) =>
      (await searchAll(service, "moa", filter, 1)).map(({ session }) => session.sessionId).toSorted();
    const list = (labelsAny: string[]) => search({ labelsAny });
    const of = (...places: number[]) => places.map((place) => names[place] ?? "").toSorted();
    expect(await list([" RED "])).toEqual(of(0));
    expect(await list(["blue", "red"])).toEqual(of(0, 1));
    expect(await list(["green"])).toEqual([]);
    expect(await list([])).toEqual([]);
    expect(await search({ labelsAll: [" RED "] })).toEqual(of(0));
    expect(await search({ labelsAll: ["blue", "red"] })).toEqual([]);
    expect(await search({ labelsAll: ["blue"], labelsAny: ["red"] })).toEqual([]);
    expect(await search({ labelsAll: [] })).toEqual(names.toSorted());
    const input = { session: { sessionId: names[0] ?? "" }, removeLabels: ["red"] };
    await service.ask(saveLabels, { input });
    expect(await list(["red"])).toEqual([]);
    const refusal = `{ search(query: "moa", filter: { labelsAny: ["${"x".repeat(65)}"] }) { nodes { field } } }`;
    expect(await codeOf(service.call(refusal))).toBe("BAD_USER_INPUT");
  });
});

describe("a session that is removed", () => {
  it("leaves no bucket of the index behind that holds nothing any more", async () => {
    const ids: string[] = [];
    for (const text of ["huia", "huia too"]) {
      const { sessionId, runId } = await createSession(service);
      await appendEvents(service, { runId, events: [message(text)] });
      await finishRun(service, runId);
      // What comes from now on goes into another bucket.
      await indexAll(node);
      await node.pool.query("UPDATE search_bucket SET blocks = $1", [bucketBlocks]);
      ids.push((await readSession(service, sessionId)).id);
    }
    const buckets = async () => {
      const { rows } = await node.pool.query<{ number: number }>(
        "SELECT number FROM search_bucket ORDER BY 1",
      );
      return rows.map(({ number }) => number);
    };
    const before = await buckets();
    await node.pool.query("UPDATE session SET expires_at = now() WHERE id = ANY($1)", [ids]);
    const last = before.at(-1);
    const nodes = [openNode(service), openNode(service)];
    await Promise.all(ids.map((id, index) => removeSession(nodes[index] ?? node, id)));
    for (const { pool } of nodes) await pool.end();
    expect(await buckets()).toEqual(before.filter((number) => number !== last));
    const { rows: others } = await node.pool.query<{ id: string }>("SELECT id FROM session");
    await node.pool.query("UPDATE session SET expires_at = now()");
    await node.pool.query("UPDATE run SET status = 'CANCELLED'");
    for (const { id } of others) await removeSession(node, id);
    expect(await buckets()).toEqual([]);
    const { sessionId, runId } = await createSession(service);
    await appendEvents(service, { runId, events: [message("huia again")] });
    await indexAll(node);
    expect(await searchAll(service, "huia")).toMatchObject([{ session: { sessionId } }]);
  });
});
