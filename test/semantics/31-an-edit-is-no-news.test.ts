import { describe, expect, it } from "vitest";
import type { UpdateSessionInput } from "../generated/documents/graphql.js";
import { listSessions, mark, readAttention, readCounts } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type Asks, asking, callerOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { openSocket } from "../support/following/open-socket.js";
import { lockRun } from "../support/row-lock.js";
import { shareNode, shareService } from "../support/shared-service.js";
import {
  append,
  claim,
  createCommand,
  createRun,
  createSession,
  finishRun,
  readEvents,
  sessionOf,
  uniqueName,
} from "../support/work.js";

const service = shareService({ config: { sweepMs: 50 } });
const node = shareNode(service);

const editDocument = graphql(`
  mutation EditSession($input: UpdateSessionInput!) {
    updateSession(input: $input) {
      session { id title labels links { url label kind state } metadata expiresAt version updatedAt lastActivityAt }
      counts { total }
    }
  }
`);
const edit = async (sessionId: string, input: Omit<UpdateSessionInput, "session">, { ask }: Asks = service) =>
  (await ask(editDocument, { input: { session: { sessionId }, ...input } })).updateSession.session;

const readDocument = graphql(`
  query ReadEdited($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      id title labels links { url label kind state } metadata expiresAt version updatedAt lastActivityAt
    }
  }
`);
const read = async (sessionId: string) => (await service.ask(readDocument, { sessionId })).session;

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: Error) => error.message,
  );

describe("updateSession", () => {
  it("sets title, labels, links, metadata and end, and raises no version; a reader who read the session keeps it read", async () => {
    const { sessionId, runId } = await createSession(service, {
      metadata: { title: "old", a: { b: 1, c: 2 } },
    });
    await finishRun(service, runId);
    await mark(service, "markSessionRead", sessionId);
    const before = found(await read(sessionId));
    const links = [
      { url: "https://example.com/pull/1", label: "Fix", kind: "PULL_REQUEST" as const, state: "merged" },
      { url: "http://example.com", label: null, kind: "OTHER" as const, state: null },
    ];
    const after = await edit(sessionId, {
      title: "  new ",
      addLabels: [" Bug", "UI", "bug"],
      links: [found(links[0]), { url: "http://example.com" }],
      metadata: { a: { b: null, d: [1] }, e: "x" },
      expiresAt: "2199-01-01T00:00:00Z",
    });
    expect(after).toMatchObject({
      title: "new",
      labels: ["bug", "ui"],
      links,
      metadata: { title: "old", a: { c: 2, d: [1] }, e: "x" },
      expiresAt: "2199-01-01T00:00:00.000000Z",
      version: before.version,
      lastActivityAt: before.lastActivityAt,
    });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect((await readAttention(service, sessionId)).state).toBe("READ");
    const more = await edit(sessionId, { addLabels: ["api"], removeLabels: ["UI", "none"], expiresAt: null });
    expect(more).toMatchObject({ labels: ["api", "bug"], expiresAt: null, links });
    const same = await edit(sessionId, { addLabels: ["api"], metadata: {} });
    expect(same).toEqual(await read(sessionId));
    expect(same.updatedAt).toBe(more.updatedAt);
  });

  it("a given title wins over metadata.title, that over prompts, and null gives it back", async () => {
    const { sessionId, runId } = await createSession(service);
    await createCommand(service, runId, "TURN", { prompt: "the first prompt" });
    await edit(sessionId, { title: "given" });
    await createCommand(service, runId, "TURN", { prompt: "the second prompt" });
    expect((await read(sessionId))?.title).toBe("given");
    expect((await edit(sessionId, { title: null })).title).toBe("the second prompt");
    expect((await edit(sessionId, { metadata: { title: "of metadata" } })).title).toBe("of metadata");
    expect((await edit(sessionId, { title: "again", metadata: { title: "other" } })).title).toBe("again");
    expect((await edit(sessionId, { title: null })).title).toBe("other");
    expect((await edit(sessionId, { metadata: { title: null } })).title).toBe("the second prompt");
    await createCommand(service, runId, "TURN", { prompt: "the third prompt" });
    expect((await read(sessionId))?.title).toBe("the third prompt");
  });

  it.each<[Omit<UpdateSessionInput, "session">, string]>([
    [{ title: "" }, "input.title must have 1 to 200 characters"],
    [{ title: "x".repeat(201) }, "input.title must have 1 to 200 characters"],
    [{ addLabels: ["ok", " "] }, "input.addLabels.1 must have 1 to 64 characters"],
    [{ addLabels: ["x".repeat(65)] }, "input.addLabels.0 must have"],
    [{ addLabels: Array.from({ length: 65 }, (_, n) => `l${n}`) }, "input.addLabels must be at most 64"],
    [{ addLabels: [`ghp_${"a1B2".repeat(9)}`] }, "input.addLabels.0 must not hold a secret"],
    [{ links: [{ url: "javascript:alert(1)" }] }, "input.links.0.url must be an http or https URL"],
    [
      { links: [{ url: "https://user:hunter2pass@example.com/x" }] },
      "input.links.0.url must not hold a secret",
    ],
    [{ links: Array.from({ length: 51 }, () => ({ url: "https://a.b" })) }, "input.links must be at most 50"],
    [{ metadata: [] }, "input.metadata must be a JSON object"],
  ])("what is malformed is refused, and nothing is stored: %#", async (input, message) => {
    const { sessionId } = await createSession(service, { metadata: { kept: 1 } });
    const before = await read(sessionId);
    expect(await refusal(edit(sessionId, { title: "not this", ...input }))).toContain(message);
    expect(await read(sessionId)).toEqual(before);
  });

  it("metadata that grows by patches stays within its bound", async () => {
    const { sessionId } = await createSession(service, { metadata: { a: "x".repeat(150_000) } });
    expect(await refusal(edit(sessionId, { metadata: { b: "x".repeat(150_000) } }))).toContain(
      "input.metadata must be",
    );
    await edit(sessionId, { metadata: { a: null, b: "x".repeat(150_000) } });
  });

  it("brings an expired session back with a later end, or with none", async () => {
    const { sessionId } = await createSession(service, { expiresAt: "2020-01-01T00:00:00Z" });
    const list = () => listSessions(service, { state: "ALL", search: sessionId });
    await edit(sessionId, { title: sessionId });
    expect(await list()).toEqual([]);
    await edit(sessionId, { expiresAt: null });
    expect(await list()).toEqual([sessionId]);
    await createRun(service, { session: { sessionId } });
  });

  it("refuses what was changed since ifVersion, but not what changes nothing", async () => {
    const { sessionId } = await createSession(service);
    const version = async () => {
      const { rows } = await node.pool.query("SELECT change_version FROM session WHERE name = $1", [
        sessionId,
      ]);
      return Number(rows[0].change_version);
    };
    const seen = await version();
    await edit(sessionId, { title: "one", ifVersion: seen });
    expect(await refusal(edit(sessionId, { title: "two", ifVersion: seen }))).toMatch(/^PRECONDITION_FAILED/);
    await edit(sessionId, { title: "one", ifVersion: seen });
    const now = await version();
    const tries = Array.from({ length: 16 }, (_, n) =>
      refusal(edit(sessionId, { title: `try ${n}`, ifVersion: now })),
    );
    const results = await Promise.all(tries);
    expect(results.filter((result) => result === "done")).toHaveLength(1);
  });
});

describe("labels", () => {
  it("narrow lists and counts, and are listed in their order", async () => {
    const projectId = uniqueName("project");
    const names: string[] = [];
    for (const labels of [["a", "b"], ["b"], ["c"], []]) {
      const { sessionId } = await createSession(service, {}, { projectId });
      await edit(sessionId, { addLabels: labels });
      names.push(sessionId);
    }
    const list = async (filter: object) =>
      (await listSessions(service, { projectId, state: "ALL", ...filter })).toSorted();
    const of = (...at: number[]) => at.map((n) => found(names[n])).toSorted();
    expect(await list({ labelsAll: ["A", " b "] })).toEqual(of(0));
    expect(await list({ labelsAll: ["b"] })).toEqual(of(0, 1));
    expect(await list({ labelsAny: ["a", "c"] })).toEqual(of(0, 2));
    expect(await list({ labelsAny: ["b", "c"], labelsAll: ["a"] })).toEqual(of(0));
    expect(await list({ labelsAny: [] })).toEqual([]);
    expect(await readCounts(service, { projectId, labelsAny: ["b", "c"] })).toMatchObject({ total: 3 });
    const labelsDocument = graphql(`
      query Labels($projectId: String, $prefix: String, $first: Int) {
        sessionLabels(projectId: $projectId, prefix: $prefix, first: $first)
      }
    `);
    const labels = async (input: object) =>
      (await service.ask(labelsDocument, { projectId, ...input })).sessionLabels;
    expect(await labels({})).toEqual(["a", "b", "c"]);
    expect(await labels({ first: 2 })).toEqual(["a", "b"]);
    expect(await labels({ prefix: "B" })).toEqual(["b"]);
    await edit(found(names[2]), { removeLabels: ["c"] });
    expect(await labels({})).toEqual(["a", "b"]);
    expect(await list({ labelsAny: ["c"] })).toEqual([]);
  });
});

describe("who edits", () => {
  it("a runner never replaces a reader's title; only an operator deletes", async () => {
    await using own = await startService({ config: { auth: tokenAuth } });
    const as = async (...scopes: ("reader" | "runner" | "operator")[]) =>
      asking(callerOf(own.url, await tokenFor("acme", scopes, scopes.join("-"))));
    const [reader, runner, operator] = await Promise.all([as("reader"), as("runner"), as("operator")]);
    const { sessionId } = await createSession(runner);
    const title = async (by: Asks, text: string | null) =>
      (
        await reader.ask(readDocument, { sessionId }).then(async () => {
          const input = { session: { sessionId }, title: text };
          await by.ask(
            graphql(
              `mutation SetTitle($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }`,
            ),
            { input },
          );
          return reader.ask(readDocument, { sessionId });
        })
      ).session?.title;
    expect(await title(runner, "runner's")).toBe("runner's");
    expect(await title(reader, "reader's")).toBe("reader's");
    expect(await title(runner, "again")).toBe("reader's");
    expect(await title(runner, null)).toBe("reader's");
    expect(await title(reader, null)).toBe(null);
    expect(await title(runner, "runner's")).toBe("runner's");
    const deleteDocument = graphql(
      `mutation DeleteAs($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedId } }`,
    );
    const input = { session: { sessionId }, cancelRunning: true };
    expect(await refusal(reader.ask(deleteDocument, { input }))).toMatch(/^FORBIDDEN/);
    await operator.ask(deleteDocument, { input });
  });
});

describe("deleteSession", () => {
  const deleteDocument = graphql(`
    mutation DeleteSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedId counts { total } } }
  `);

  it("takes a session and all below it at once, and then all that belonged to them; its name is free", async () => {
    const { sessionId, runId } = await createSession(service);
    const { sessionId: child } = await createSession(service, { parent: { sessionId } });
    const { id } = found(await read(sessionId));
    const remove = (input: object) =>
      service.ask(deleteDocument, { input: { session: { sessionId }, ...input } });
    await append(service, runId, ["one", "two"]);
    expect(await refusal(remove({}))).toMatch(/^CONFLICT.*cancelRunning/);
    expect(await read(sessionId)).not.toBeNull();
    const timeline = await openSocket(service.url);
    timeline.begin("1", "subscription ($id: ID!) { sessionEvents(session: { id: $id }) { caughtUp } }", {
      id,
    });
    const inbox = await openSocket(service.url);
    inbox.begin("1", "subscription { sessionAttentionChanged(filter: { state: ALL }) { removedIds } }");
    await expect.poll(() => [timeline, inbox].every(({ frames }) => frames.length > 1)).toBe(true);
    const { deleteSession } = await remove({ cancelRunning: true });
    expect(deleteSession.deletedId).toBe(id);
    for (const name of [sessionId, child]) expect(await read(name)).toBeNull();
    await expect.poll(() => timeline.frames.at(-1)).toMatchObject({ type: "complete" });
    await expect.poll(() => JSON.stringify(inbox.frames)).toContain(`"removedIds":["${id}"]`);
    for (const { socket } of [timeline, inbox]) socket.terminate();
    expect(await refusal(remove({}))).toMatch(/^NOT_FOUND/);
    // While its rows are being removed as well.
    const late = Array.from({ length: 8 }, () => refusal(append(service, runId, ["late"])));
    for (const each of await Promise.all(late)) expect(each).toMatch(/^(ALREADY_TERMINAL|NOT_FOUND)/);
    const left = async () => {
      const { rows } = await node.pool.query(
        `SELECT (SELECT count(*) FROM run_event WHERE session_id = $1) + (SELECT count(*) FROM run WHERE session_id = $1) AS count`,
        [id],
      );
      return Number(rows[0].count);
    };
    await expect.poll(left).toBe(0);
    const next = await createSession(service, { sessionId });
    expect((await read(next.sessionId))?.id).not.toBe(id);
  });

  const countListed = async (sessionId: string) =>
    (await listSessions(service, { state: "ALL" })).filter((name) => name === sessionId).length;

  it("is for good from its beginning on: nothing brings the session back while its runs are cancelled", async () => {
    const { sessionId, runId } = await createSession(service);
    const { id } = found(await read(sessionId));
    const lock = await lockRun(service.databaseUrl, runId);
    const deleted = service.ask(deleteDocument, { input: { session: { id }, cancelRunning: true } });
    await expect.poll(lock.isWaitedFor).toBe(true);
    const expiresAt = "2099-01-01T00:00:00Z";
    const late = [edit(sessionId, { expiresAt: null }), edit(sessionId, { expiresAt })].map(refusal);
    const command = refusal(createCommand(service, runId));
    const next = createRun(service, { session: { sessionId, expiresAt } });
    await expect.poll(lock.isWaitedFor).toBe(true);
    await lock.release();
    expect((await deleted).deleteSession.deletedId).toBe(id);
    for (const each of late) expect(await each).toMatch(/^NOT_FOUND/);
    expect(await command).toMatch(/^(ALREADY_TERMINAL|NOT_FOUND)/);
    expect(await sessionOf(service, await next)).not.toBe(id);
    expect(await countListed(sessionId)).toBe(1);
    await finishRun(service, await next);
  });

  it("leaves the keys of its runs free, also while they are being removed", async () => {
    const { sessionId, runId } = await createSession(service, {}, { idempotencyKey: uniqueName("key") });
    const { id } = found(await read(sessionId));
    const { rows } = await node.pool.query("SELECT idempotency_key AS key FROM run WHERE id = $1", [runId]);
    const again = () => createRun(service, { session: { sessionId }, idempotencyKey: rows[0].key });
    expect(await again()).toBe(runId);
    await finishRun(service, runId);
    await node.pool.query("UPDATE session SET removing = true, expires_at = now() WHERE id = $1", [id]);
    const next = await again();
    expect(next).not.toBe(runId);
    expect(await sessionOf(service, next)).not.toBe(id);
    expect(await again()).toBe(next);
  });

  const isEmptied = async (id: string) =>
    (await node.pool.query("SELECT emptied FROM session WHERE id = $1", [id])).rows[0].emptied as boolean;

  it("is gone on with by other nodes where its own is lost after it has begun", async () => {
    await using quiet = await startService({ databaseUrl: service.databaseUrl });
    const { sessionId, runId } = await createSession(service);
    const { sessionId: child, runId: below } = await createSession(service, { parent: { sessionId } });
    const ids = [found(await read(sessionId)).id, found(await read(child)).id];
    await claim(service, below);
    // What cancels them waits, here and there, until it is cut off.
    const locks = [
      await lockRun(service.databaseUrl, runId),
      await lockRun(service.databaseUrl, below),
    ] as const;
    const deleted = quiet.ask(deleteDocument, { input: { session: { sessionId }, cancelRunning: true } });
    await expect.poll(locks[1].isWaitedFor).toBe(true);
    await node.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    expect((await deleted).deleteSession.deletedId).toBe(ids[0]);
    for (const name of [sessionId, child])
      expect(await refusal(edit(name, { expiresAt: null }))).toMatch(/^NOT_FOUND/);
    for (const lock of locks) await lock.release();
    const last = async () => (await readEvents(service, below)).at(-1)?.payload;
    await expect.poll(last).toMatchObject({ message: "session deleted" });
    await using _next = await startService({ config: { sweepMs: 50 }, databaseUrl: service.databaseUrl });
    for (const id of ids) await expect.poll(() => isEmptied(id)).toBe(true);
  });

  it("is brought to its end where an older build let the session come back meanwhile", async () => {
    for (const expiresAt of [null, "2099-01-01T00:00:00Z"]) {
      const { sessionId } = await createSession(service);
      const { id } = found(await read(sessionId));
      await node.pool.query("UPDATE session SET removing = true, expires_at = $2 WHERE id = $1", [
        id,
        expiresAt,
      ]);
      expect(await countListed(sessionId)).toBe(1);
      await using _next = await startService({ config: { sweepMs: 50 }, databaseUrl: service.databaseUrl });
      await expect.poll(() => isEmptied(id)).toBe(true);
      expect(await countListed(sessionId)).toBe(0);
    }
  });
});
