import { describe, expect, it } from "vitest";
import { removeSession } from "../../src/actions/retention.js";
import { type PlaceKey, type SearchPage, keyOfPlace, search } from "../../src/actions/search/search.js";
import { foldForSearch } from "../../src/domain/search/fold.js";
import { meet, parseQuery } from "../../src/domain/search/query.js";
import { appendEvents as storeEvents } from "../../src/store/event-log/append.js";
import { transaction } from "../../src/store/transaction.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { openNode, readAllRows } from "../support/node.js";
import { createRandom } from "../support/random.js";
import { indexAll } from "../support/indexing.js";
import { searchAll, searchPage } from "../support/search.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { codeOf } from "../support/start-service.js";
import { append, appendEvents, createCommand, createSession, readSession } from "../support/work.js";

// Nothing is indexed but by the tests themselves, through a node of their own.
const service = shareService();
const node = shareNode(service);

const nobody = {
  fields: null,
  projectId: null,
  backendProfile: null,
  labelsAny: null,
  sessionId: null,
  occurredAfter: null,
  occurredBefore: null,
};

describe("what is found", () => {
  const words = [
    ..."aé日本x_",
    "resolveReader",
    "src/store",
    "Straße",
    "検索",
    "全文検索",
    "naïve",
    "foo",
    "BAR",
    "100%",
    "\\d",
    "İ",
  ];

  it("is what a model finds that reads every text, while sessions grow and are indexed piece by piece", async () => {
    const random = createRandom(7);
    const text = (most: number) =>
      Array.from({ length: 1 + random.below(most) }, () => random.pick(words)).join(
        random.pick([" ", "", "\n", "/"]),
      );
    const sessions: { sessionId: string; runId: string; texts: string[] }[] = [];
    for (let n = 0; n < 8; n += 1) {
      sessions.push({ ...(await createSession(service, {}, { projectId: "model" })), texts: [] });
    }
    for (let round = 0; round < 40; round += 1) {
      const session = random.pick(sessions);
      const texts = Array.from({ length: 1 + random.below(round % 7 === 0 ? 60 : 3) }, () =>
        text(random.chance(0.05) ? 4_000 : 12),
      );
      await append(service, session.runId, texts);
      session.texts.push(...texts);
      if (random.chance(0.4)) await indexAll(node);
    }
    await indexAll(node);
    for (let round = 0; round < 60; round += 1) {
      const cut = () => {
        const from = random.pick(random.pick(sessions).texts);
        const start = random.below(from.length);
        return from.slice(start, start + 1 + random.below(12)).replaceAll(/["“”„]/g, "");
      };
      const terms = Array.from({ length: 1 + random.below(3) }, () =>
        random.pick([(one: string) => `"${one}"`, (one: string) => one])(cut()),
      );
      const query = `${terms.join(random.pick([" ", " OR "]))}${random.chance(0.3) ? ` -${random.pick(words)}` : ""}`;
      const meant = parseQuery(query, "query");
      const matching = (texts: readonly string[]) =>
        texts.flatMap((each, index) => (meet(foldForSearch(each), meant) ? [index + 2] : []));
      const expected = sessions.flatMap(({ sessionId, texts }) =>
        matching(texts)
          .slice(-1)
          .map((seq) => `${sessionId} ${seq}`),
      );
      const hits = await searchAll(service, query, { projectId: "model" }, 1 + random.below(5));
      const told = hits.map((hit) => `${hit.session.sessionId} ${found(hit.event).sessionSeq}`);
      expect({ query, hits: told.toSorted() }).toEqual({ query, hits: expected.toSorted() });
      expect(hits.map((hit) => found(hit.event).createdAt)).toEqual(
        hits
          .map((hit) => found(hit.event).createdAt)
          .toSorted()
          .toReversed(),
      );
      const one = random.pick(sessions);
      const places = await searchAll(service, query, { session: { sessionId: one.sessionId } }, 40);
      const seqs = places.map((hit) => hit.event?.sessionSeq);
      expect({ query, seqs }).toEqual({ query, seqs: matching(one.texts).toReversed() });
    }
  });

  it("is told with its field, its event, its place in the timeline and a snippet", async () => {
    const { sessionId, runId } = await createSession(
      service,
      { metadata: { title: "Zanzibar title" } },
      { projectId: "fields", backendProfile: "claude" },
    );
    await createCommand(service, runId, "TURN", { prompt: "Zanzibar prompt" });
    const payloads = {
      ASSISTANT_MESSAGE: { text: "a zanzibar message" },
      COMMAND_OUTPUT: { text: "zanzibar\nprinted" },
      TOOL_CALL: { name: "bash", input: { command: "ls zanzibar" } },
      DIFF: { path: "zanzibar.ts", diff: "+ 1" },
      ERROR: { message: "no zanzibar" },
      INPUT_REQUEST: { prompt: "May I?", choices: ["zanzibar", "No"] },
    };
    const events = Object.entries(payloads).map(([type, payload]) => ({
      type: type as keyof typeof payloads,
      payload,
    }));
    await appendEvents(service, { runId, events });
    await indexAll(node);
    const filter = { session: { sessionId } };
    const hits = await searchAll(service, "ZANZIBAR", filter);
    expect(hits.map(({ field }) => field).toSorted()).toEqual([
      "DIFF",
      "ERROR",
      "MESSAGE",
      "OUTPUT",
      "PROMPT",
      "REQUEST",
      "TITLE",
      "TOOL",
    ]);
    for (const { event, field, snippet, timelineCursor } of hits) {
      const [[start, end] = []] = snippet.highlights;
      expect([...snippet.text].slice(start, end).join("").toLowerCase()).toBe("zanzibar");
      expect(event === null).toBe(field === "TITLE");
      expect(timelineCursor === null).toBe(field === "TITLE");
    }
    const timeline = graphql(`
      query TimelineFromHit($sessionId: String!, $cursor: String!) {
        session(by: { sessionId: $sessionId }) {
          next: timeline(first: 1, after: $cursor) { nodes { sessionSeq } }
          back: timeline(last: 1, before: $cursor) { nodes { sessionSeq } }
        }
      }
    `);
    const message = found(hits.find(({ field }) => field === "MESSAGE"));
    const seq = found(found(message.event).sessionSeq);
    const { session } = await service.ask(timeline, { sessionId, cursor: found(message.timelineCursor) });
    expect(session).toEqual({
      next: { nodes: [{ sessionSeq: seq + 1 }] },
      back: { nodes: [{ sessionSeq: seq - 1 }] },
    });

    const fieldsOf = async (more: object) =>
      (await searchAll(service, "zanzibar", { ...filter, ...more })).map(({ field }) => field);
    expect((await fieldsOf({ in: ["TITLE", "DIFF"] })).toSorted()).toEqual(["DIFF", "TITLE"]);
    expect(await fieldsOf({ projectId: "others" })).toEqual([]);
    expect(await fieldsOf({ backendProfile: "claude", projectId: "fields", in: ["TOOL"] })).toEqual(["TOOL"]);
    // What is asked changes the session, and with it when its title was given.
    expect(await fieldsOf({ occurredAfter: message.event?.createdAt })).toEqual(["TITLE"]);
    expect((await fieldsOf({ occurredBefore: message.event?.createdAt })).toSorted()).toEqual(["PROMPT"]);
    expect(await searchAll(service, "zanzibar", { session: { sessionId: "none" } })).toEqual([]);
    expect(await searchAll(service, "zanzibar", { projectId: "fields" })).toHaveLength(1);
  });

  it("is the title as it is now, and what is stored: secrets are not in it", async () => {
    const { runId } = await createSession(service);
    await createCommand(service, runId, "TURN", { prompt: "quokka one" });
    await append(service, runId, ["my password: hunter2quokkas3cret"]);
    await indexAll(node);
    await createCommand(service, runId, "TURN", { prompt: "wombat two" });
    await indexAll(node);
    expect((await searchAll(service, "quokka")).map(({ field }) => field)).toEqual(["PROMPT"]);
    expect(await searchAll(service, "quokka", { in: ["TITLE"] })).toEqual([]);
    expect(await searchAll(service, "hunter2quokkas3cret")).toEqual([]);
    expect(await searchAll(service, "wombat", { in: ["TITLE"] })).toHaveLength(1);
  });

  it("is nothing of what has expired, is being removed, or was", async () => {
    const ids = [];
    for (let n = 0; n < 3; n += 1) {
      const { sessionId, runId } = await createSession(service, { metadata: { title: "axolotl" } });
      await append(service, runId, ["axolotl"]);
      ids.push((await readSession(service, sessionId)).id);
    }
    await indexAll(node);
    const [kept, expired, removing] = ids as [string, string, string];
    expect(await searchAll(service, "axolotl")).toHaveLength(3);
    await node.pool.query("UPDATE session SET removing = true WHERE id = $1", [removing]);
    await node.pool.query("UPDATE session SET expires_at = now() - interval '1 second' WHERE id = $1", [
      expired,
    ]);
    expect((await searchAll(service, "axolotl")).map(({ session }) => session.id)).toEqual([kept]);
    await removeSession(node, expired);
    await indexAll(node);
    expect(await readAllRows(node)).not.toContain(expired);
  });

  it.each(["", '"', "-x", "%", "_", "\\", "\0", "\ud800", "OR", "-", "a".repeat(1_000), '"'.repeat(99)])(
    "of odd text is no error: %j",
    async (query) => {
      await searchPage(service, query);
    },
  );

  it("is refused beyond the bounds, and with a cursor of another search", async () => {
    const refusal = (args: string) => codeOf(service.call(`{ search(${args}) { nodes { field } } }`));
    const { edges } = await searchPage(service, "axolotl OR wombat", { first: 1 });
    const after = found(edges[0]).cursor;
    for (const args of [
      `query: "${"x ".repeat(501)}"`,
      `query: "${"x ".repeat(33)}"`,
      'query: "x", first: 101',
      'query: "x", after: "x"',
      `query: "axolotl", after: "${after}"`,
      `query: "axolotl OR wombat", filter: { projectId: "p" }, after: "${after}"`,
      'query: "x", filter: { occurredAfter: "2026-01-01T00:00:00Z", occurredBefore: "2026-01-01T00:00:00Z" }',
    ])
      expect([args, await refusal(args)]).toEqual([args, "BAD_USER_INPUT"]);
  });
});

describe("pages", () => {
  it("hold each session once while others write, and those that end early go on where they ended", async () => {
    const runs = await Promise.all(Array.from({ length: 24 }, () => createSession(service)));
    for (const { runId } of runs) await append(service, runId, ["kakapo", "other"]);
    await indexAll(node);
    const walked: string[] = [];
    for (let after: string | null = null, page = 0; ; page += 1) {
      const { edges, pageInfo } = await searchPage(service, "kakapo", { first: 5, after });
      walked.push(...edges.map((edge) => edge.node.session.sessionId));
      // What stood before the page already gets a newer place, and so does what would come last.
      await append(service, found(runs[23 - page]).runId, ["kakapo again"]);
      await append(service, found(runs[page]).runId, ["kakapo again"]);
      await indexAll(node);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor ?? null;
    }
    expect(new Set(walked).size).toBe(walked.length);
    // Those that moved before the page are seen by who begins anew; of them alone none may be missing.
    expect(walked.length).toBeGreaterThanOrEqual(24 - 5);
    const query = parseQuery("kakapo", "query");
    const walk = async (how: Partial<SearchPage>) => {
      const keys: PlaceKey[] = [];
      let pages = 1;
      for (let after: PlaceKey | null = null; ; pages += 1) {
        const page: Awaited<ReturnType<typeof search>> = await search(node, query, nobody, {
          first: 50,
          after,
          ...how,
        });
        keys.push(...page.places.map(keyOfPlace));
        if (!page.hasMore) return { keys, pages };
        after = page.end;
      }
    };
    const whole = await walk({});
    expect(new Set(whole.keys.map(([, id]) => id)).size).toBe(24);
    const early = await walk({ budget: 0 });
    expect(early.pages).toBeGreaterThan(1);
    expect(early.keys).toEqual(whole.keys);
    // Of what is in the same buckets, a little is read at a time.
    for (const how of [{ read: 1 }, { read: 3 }, { read: 2, budget: 0 }, { read: 5, first: 7 }])
      expect((await walk(how)).keys).toEqual(whole.keys);
  });
});

const blocksOf = `SELECT from_seq, to_seq, (to_seq - from_seq + 1)::int AS events FROM search_block
  WHERE session_id = (SELECT id FROM session WHERE name = $1) AND from_seq > 0 ORDER BY from_seq`;

describe("the index", () => {
  it("does not pass over what a slow transaction stored before, and never claims that it holds it", async () => {
    const { runId } = await createSession(service);
    await indexAll(node);
    let commit = () => {};
    const committing = new Promise<void>((resolve) => (commit = resolve));
    let stored = () => {};
    const storing = new Promise<void>((resolve) => (stored = resolve));
    const writer = { leaseTokenHash: null, operator: true };
    const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "pangolin" }, redactionCount: 0 }];
    const slow = transaction(node, async (tx) => {
      await storeEvents(tx, [{ runId, events, writer, idempotency: null }]);
      stored();
      await committing;
    });
    await storing;
    const other = await createSession(service, { metadata: { title: "tapir" } });
    await append(service, other.runId, ["tapir"]);
    expect([await indexAll(node), await indexAll(node)]).toEqual(["SOON", "SOON"]);
    const before = await searchPage(service, "tapir");
    expect(before.edges).toHaveLength(1);
    expect(await searchAll(service, "pangolin")).toEqual([]);
    commit();
    await slow;
    await expect.poll(() => indexAll(node)).toBe("DONE");
    const { edges, indexedUpTo } = await searchPage(service, "pangolin");
    const { createdAt } = found(edges[0]?.node.event);
    expect(before.indexedUpTo < createdAt).toBe(true);
    expect(indexedUpTo > createdAt).toBe(true);
  });

  it("makes few blocks of what comes little by little, and reads little of it again", async () => {
    const { sessionId, runId } = await createSession(service);
    let written = 0;
    for (let index = 0; index < 80; index += 1) {
      await append(service, runId, [`bandicoot ${index}`]);
      const before = await node.pool.query<object>(blocksOf, [sessionId]);
      await indexAll(node);
      const after = await node.pool.query<{ events: number }>(blocksOf, [sessionId]);
      const known = new Set(before.rows.map((row) => JSON.stringify(row)));
      for (const row of after.rows) if (!known.has(JSON.stringify(row))) written += row.events;
      expect(after.rows.length).toBeLessThanOrEqual(7);
    }
    // Each time that an event is read again, its block becomes twice as large at least.
    expect(written).toBeLessThanOrEqual(80 * 5);
    const hits = await searchAll(service, "bandicoot", { session: { sessionId } });
    expect(hits).toHaveLength(80);
  });

  it("is made of what was there before it, step by step, whoever indexes beside", async () => {
    const { sessionId, runId } = await createSession(service, { metadata: { title: "numbat" } });
    await append(
      service,
      runId,
      Array.from({ length: 300 }, (_, index) => `numbat ${index}`),
    );
    await node.pool.query("DELETE FROM search_block; DELETE FROM search_bucket; DELETE FROM search_session");
    await node.pool.query(
      "UPDATE search_tenant SET indexed_up_to = now() + interval '1 hour', version = 1000000, past_id = '~', seen_at = NULL, seen_xid = NULL",
    );
    expect((await searchPage(service, "numbat")).indexedUpTo).toBe("1970-01-01T00:00:00.000000Z");
    const others = [openNode(service), openNode(service)];
    await Promise.all([node, ...others].map((each) => indexAll(each)));
    for (const { pool } of others) await pool.end();
    const hits = await searchAll(service, "numbat", { session: { sessionId } });
    expect(hits.map(({ event }) => event?.sessionSeq ?? 0).toSorted((a, b) => a - b)).toEqual([
      0,
      ...Array.from({ length: 300 }, (_, index) => index + 2),
    ]);
    expect(await searchAll(service, "kakapo")).toHaveLength(24);
  });
});
