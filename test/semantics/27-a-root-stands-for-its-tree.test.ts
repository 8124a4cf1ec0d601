import { describe, expect, it } from "vitest";
import { findForgottenSessions } from "../../src/store/retention.js";
import { removeSession } from "../../src/actions/retention.js";
import { listSessions, mark, markSessionsRead, readAttention, readCounts } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { answerDocument, openRequest, readRequest } from "../support/requests.js";
import { shareNode, shareService } from "../support/shared-service.js";
import {
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  uniqueName,
} from "../support/work.js";

const service = shareService({ config: { sweepMs: 50 } });
const node = shareNode(service);

const treeDocument = graphql(`
  query ReadTree($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      id parentToolCallId parent { sessionId } root { sessionId } active executionState lastActivityAt updatedAt
      children(first: 50) { totalCount nodes { sessionId } }
      tree { total active openInputRequests reason since cause { sessionId } }
      attention { state reason since active }
    }
  }
`);
const read = async (sessionId: string) => found((await service.ask(treeDocument, { sessionId })).session);

/** A chain of sessions, each the parent of the next, in a project of its own. */
async function chain(length: number, projectId = uniqueName("project")) {
  const sessions: { sessionId: string; runId: string }[] = [];
  for (let depth = 0; depth < length; depth += 1) {
    const above = sessions.at(-1);
    const parent = above ? { parent: { sessionId: above.sessionId }, parentToolCallId: `call ${depth}` } : {};
    sessions.push(await createSession(service, parent, { projectId }));
  }
  return { projectId, sessions, names: sessions.map(({ sessionId }) => sessionId) };
}

/** The session that stands at this place of a chain. */
const at = ({ sessions }: Awaited<ReturnType<typeof chain>>, depth: number) => found(sessions.at(depth));

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: Error) => error.message.split(":")[0] ?? "",
  );
}

async function expire(...names: string[]): Promise<void> {
  await node.pool.query(
    "UPDATE session SET expires_at = clock_timestamp() - interval '1 second' WHERE name = ANY($1)",
    [names],
  );
}

describe("a parent", () => {
  it("is told with the tool call, both ways, oldest child first", async () => {
    const tree = await chain(3);
    const [root, middle, leaf] = tree.names as [string, string, string];
    await createSession(
      service,
      { sessionId: `${root} two`, parent: { id: (await read(root)).id } },
      { projectId: tree.projectId },
    );
    expect(await read(root)).toMatchObject({
      parent: null,
      root: { sessionId: root },
      parentToolCallId: null,
      children: { totalCount: 2, nodes: [{ sessionId: middle }, { sessionId: `${root} two` }] },
      tree: { total: 4 },
    });
    expect(await read(middle)).toMatchObject({
      parent: { sessionId: root },
      parentToolCallId: "call 1",
      children: { nodes: [{ sessionId: leaf }] },
      tree: { total: 2 },
    });
    for (const name of [middle, leaf]) expect((await read(name)).root.sessionId).toBe(root);
    expect((await read(leaf)).id > (await read(middle)).id).toBe(true);
  });

  it("never changes: it may be named again or left out, but another is refused with both names", async () => {
    const tree = await chain(2);
    const [root, child] = tree.names as [string, string];
    const again = (session: object) =>
      createRun(service, { projectId: tree.projectId, session: { sessionId: child, ...session } });
    await again({ parent: { sessionId: root } });
    await again({ parent: { id: (await read(root)).id } });
    await again({});
    const { sessionId: other } = await createSession(service, {}, { projectId: tree.projectId });
    await expect(again({ parent: { sessionId: other } })).rejects.toThrow(
      new RegExp(`input.session.parent.*${child} stands below ${root}, not below ${other}`),
    );
    const below = { sessionId: root, parent: { sessionId: other } };
    await expect(createRun(service, { projectId: tree.projectId, session: below })).rejects.toThrow(
      `${root} stands below no other`,
    );
  });

  it("must exist, in the same project, and stand in a tree with room", async () => {
    const parent = (ref: { id: string } | { sessionId: string }, projectId = "p") =>
      codeOf(createRun(service, { projectId, session: { sessionId: uniqueName("child"), parent: ref } }));
    expect(await parent({ sessionId: "nobody" })).toBe("NOT_FOUND");
    expect(await parent({ id: `ses_${"0".repeat(32)}` })).toBe("NOT_FOUND");
    const deep = await chain(17);
    const deepest = found(deep.names.at(-1));
    expect(await parent({ sessionId: deepest })).toBe("TENANT_POLICY_DENIED");
    const tooDeep = {
      projectId: deep.projectId,
      session: { sessionId: "deep", parent: { sessionId: deepest } },
    };
    await expect(createRun(service, tooDeep)).rejects.toThrow(/fewer than 16 others.*deep/);
    await node.pool.query("UPDATE session SET below_total = 9999 WHERE name = $1", [deep.names[0]]);
    const tooMany = {
      ...tooDeep,
      session: { sessionId: "many", parent: { sessionId: found(deep.names[1]) } },
    };
    await expect(createRun(service, tooMany)).rejects.toThrow(/fewer than 10000 sessions.*many/);
    expect(await listSessions(service, { state: "ALL", search: "deep", level: "ALL" })).toEqual([]);
  });
});

describe("a root", () => {
  it("is active while anything in its tree is, and rests with it; its own execution stays its own", async () => {
    const tree = await chain(4);
    const { sessionId: root } = at(tree, 0);
    const { runId, sessionId: leaf } = at(tree, 3);
    const before = await read(root);
    expect(before).toMatchObject({ active: false, attention: { state: "UNREAD", reason: "IDLE" } });
    const turn = await createCommand(service, runId);
    const works = await read(root);
    expect(works).toMatchObject({
      active: true,
      executionState: "IDLE",
      attention: { state: "ACTIVE", reason: "WORKING", active: true },
      tree: { total: 4, active: 1, reason: "WORKING", cause: { sessionId: leaf } },
    });
    expect(works.lastActivityAt > before.lastActivityAt).toBe(true);
    expect(works.attention.since).toBe((await readAttention(service, leaf)).since);
    // A session between the two stands for itself.
    expect(await read(at(tree, 1).sessionId)).toMatchObject({
      active: false,
      attention: { state: "UNREAD", reason: "IDLE" },
      tree: { total: 3, active: 1, reason: "WORKING", cause: { sessionId: leaf } },
    });
    await finishCommand(service, turn);
    expect(await read(root)).toMatchObject({
      active: false,
      attention: { state: "UNREAD", reason: "IDLE" },
      tree: { active: 0, reason: "IDLE", cause: { sessionId: root } },
    });
  });

  it("shows the strongest reason, the oldest of several, and its own again when that is over", async () => {
    const tree = await chain(3);
    const [root, middle, leaf] = tree.sessions as [(typeof tree.sessions)[0], ...typeof tree.sessions];
    await createCommand(service, root.runId);
    const question = await openRequest(service, found(middle).runId, { kind: "question" });
    await openRequest(service, root.runId, { kind: "question" });
    expect(await read(root.sessionId)).toMatchObject({
      attention: { reason: "NEEDS_INPUT", state: "ACTIVE" },
      tree: { openInputRequests: 2, cause: { sessionId: found(middle).sessionId } },
    });
    const approval = await openRequest(service, found(leaf).runId, { kind: "approval" });
    const asks = await read(root.sessionId);
    expect(asks).toMatchObject({
      attention: { reason: "NEEDS_APPROVAL" },
      tree: { openInputRequests: 3, cause: { sessionId: found(leaf).sessionId } },
    });
    expect(asks.attention.since).toBe((await readRequest(service, approval)).requestedAt);
    for (const [id, decision] of [
      [approval, "APPROVED"],
      [question, "DENIED"],
    ] as const)
      await service.ask(answerDocument, { input: { id, decision } });
    expect(await read(root.sessionId)).toMatchObject({
      attention: { reason: "NEEDS_INPUT" },
      tree: { openInputRequests: 1, cause: { sessionId: root.sessionId } },
    });
    await cancelRun(service, root.runId);
    expect((await read(root.sessionId)).attention.reason).toBe("CANCELLED");
  });

  it("is unread by its own version alone, but what is asked below ends its snooze and its archive", async () => {
    const tree = await chain(2);
    const [root, child] = tree.sessions as [(typeof tree.sessions)[0], (typeof tree.sessions)[0]];
    const { version } = await readAttention(service, root.sessionId);
    await finishCommand(service, await createCommand(service, child.runId));
    expect((await readAttention(service, root.sessionId)).version).toBe(version);
    const filter = { projectId: tree.projectId, state: "ALL" as const };
    const until = new Date(Date.now() + 3_600_000).toISOString();
    for (const [marking, input] of [
      ["archiveSession", {}],
      ["snoozeSession", { until }],
    ] as const) {
      await mark(service, marking, root.sessionId, { ...input, readerId: "ada" });
      expect(await listSessions(service, filter, { readerId: "ada" })).toEqual([]);
      const id = await openRequest(service, child.runId);
      expect(await listSessions(service, filter, { readerId: "ada" })).toEqual([root.sessionId]);
      // What is put away after the request stays away.
      await mark(service, marking, root.sessionId, { ...input, readerId: "ada" });
      expect(await listSessions(service, filter, { readerId: "ada" })).toEqual([]);
      await service.ask(answerDocument, { input: { id, decision: "DENIED" } });
      await openRequest(service, child.runId);
      expect(await listSessions(service, filter, { readerId: "ada" })).toEqual([root.sessionId]);
    }
    expect((await readAttention(service, root.sessionId)).version).toBe(version);
  });

  it("stays as it is while a session below it only prints", async () => {
    const tree = await chain(2);
    const { runId } = at(tree, 1);
    await createCommand(service, runId);
    const before = await read(at(tree, 0).sessionId);
    const document = graphql(`
      mutation PrintBelow($runId: ID!) {
        appendEvents(input: { runId: $runId, events: [{ type: ASSISTANT_MESSAGE, payload: { text: "hi" } }] }) { lastSeq }
      }
    `);
    await service.ask(document, { runId });
    expect(await read(at(tree, 0).sessionId)).toEqual(before);
  });
});

describe("lists and counts", () => {
  it("hold roots; level ALL every session, under those below one, each for itself", async () => {
    const tree = await chain(3);
    const [root, middle, leaf] = tree.names as [string, string, string];
    const { projectId } = tree;
    const { sessionId: other } = await createSession(service, {}, { projectId });
    await createCommand(service, at(tree, 2).runId);
    const list = (filter: object) => listSessions(service, { projectId, ...filter });
    expect(await list({ state: "ALL" })).toEqual([root, other]);
    expect(await list({ state: "RUNNING" })).toEqual([root]);
    expect(await list({ state: "IDLE" })).toEqual([root, other]);
    expect(await list({ state: "ALL", level: "ALL" })).toEqual([root, leaf, other, middle]);
    expect(await list({ state: "RUNNING", level: "ALL" })).toHaveLength(2);
    expect(await list({ state: "ALL", under: { sessionId: root } })).toEqual([leaf, middle]);
    expect(await list({ state: "ALL", under: { sessionId: middle }, level: "ROOTS" })).toEqual([leaf]);
    expect(await list({ state: "ALL", under: { sessionId: "nobody" } })).toEqual([]);
    expect(await readCounts(service, { projectId })).toMatchObject({ active: 1, unread: 1, total: 2 });
    expect(await readCounts(service, { projectId, level: "ALL" })).toMatchObject({ active: 2, total: 4 });
    expect(await readCounts(service, { projectId, under: { sessionId: root } })).toMatchObject({
      active: 1,
      total: 2,
    });
  });

  it("are read at their own level", async () => {
    const tree = await chain(3);
    const { projectId } = tree;
    expect(await markSessionsRead(service, { filter: { projectId, state: "ALL" }, readerId: "ada" })).toBe(1);
    expect(await readCounts(service, { projectId, level: "ALL" }, "ada")).toMatchObject({
      read: 1,
      unread: 2,
    });
    const under = { sessionId: found(tree.names[0]) };
    expect(await markSessionsRead(service, { filter: { under, state: "ALL" }, readerId: "ada" })).toBe(2);
    expect(await readCounts(service, { projectId, level: "ALL" }, "ada")).toMatchObject({ unread: 0 });
  });

  it("of requests hold those of the whole tree, unless tree is false", async () => {
    const tree = await chain(3);
    const ids = [];
    for (const { runId } of tree.sessions) ids.push(await openRequest(service, runId));
    const document = graphql(`
      query RequestsOfTree($sessionId: String!, $tree: Boolean) {
        inputRequests(filter: { session: { sessionId: $sessionId }, tree: $tree }) { totalCount nodes { id } }
        session(by: { sessionId: $sessionId }) { inputRequests(tree: $tree) { totalCount nodes { id } } }
      }
    `);
    for (const [depth, isTree, expected] of [
      [0, true, ids],
      [1, true, ids.slice(1)],
      [2, true, ids.slice(2)],
      [0, false, ids.slice(0, 1)],
      [1, false, ids.slice(1, 2)],
    ] as const) {
      const { sessionId } = at(tree, depth);
      const data = await service.ask(document, { sessionId, tree: isTree });
      const list = { totalCount: expected.length, nodes: expected.map((id) => ({ id })) };
      expect(data).toEqual({ inputRequests: list, session: { inputRequests: list } });
    }
  });
});

describe("cancelSession", () => {
  const cancelDocument = graphql(`
    mutation CancelTree($input: CancelSessionInput!) {
      cancelSession(input: $input) { cancelledRuns session { sessionId active } }
    }
  `);
  const statuses = async (runs: readonly { runId: string }[]) =>
    Promise.all(
      runs.map(async ({ runId }) => {
        const query = graphql(`query StatusToCancel($id: ID!) { run(id: $id) { status } }`);
        return (await service.ask(query, { id: runId })).run?.status;
      }),
    );

  it("ends every live run of the tree and withdraws what is asked, of ended runs too; alone it leaves what is below", async () => {
    const tree = await chain(3);
    const [root, middle, leaf] = tree.sessions as [(typeof tree.sessions)[0], ...typeof tree.sessions];
    const blocked = await openRequest(service, found(middle).runId);
    await finishRun(service, found(middle).runId, { terminalStatus: "BLOCKED" });
    await claim(service, found(leaf).runId);
    const asked = await openRequest(service, root.runId);
    const session = { sessionId: root.sessionId };
    const alone = await service.ask(cancelDocument, { input: { session, tree: false, reason: "why not" } });
    expect(alone.cancelSession).toEqual({ cancelledRuns: 1, session: { ...session, active: true } });
    expect(await statuses(tree.sessions)).toEqual(["CANCELLED", "BLOCKED", "CLAIMED"]);
    expect((await readEvents(service, root.runId)).at(-1)?.payload).toMatchObject({ message: "why not" });
    const whole = await service.ask(cancelDocument, { input: { session } });
    expect(whole.cancelSession).toEqual({ cancelledRuns: 1, session: { ...session, active: false } });
    expect(await statuses(tree.sessions)).toEqual(["CANCELLED", "BLOCKED", "CANCELLED"]);
    for (const id of [blocked, asked]) expect((await readRequest(service, id)).state).toBe("WITHDRAWN");
    expect(await read(root.sessionId)).toMatchObject({ tree: { active: 0, openInputRequests: 0 } });
    const again = await service.ask(cancelDocument, { input: { session } });
    expect(again.cancelSession.cancelledRuns).toBe(0);
  });
});

describe("expiry and removal", () => {
  it("a session expires with any above it, takes nothing new below it, and comes back with it", async () => {
    const tree = await chain(4);
    const { projectId } = tree;
    const { runId } = at(tree, 3);
    const id = await openRequest(service, runId);
    await expire(at(tree, 1).sessionId);
    const below = { sessionId: uniqueName("new"), parent: { sessionId: at(tree, 3).sessionId } };
    expect(await codeOf(createRun(service, { projectId, session: below }))).toBe("CONFLICT");
    expect(
      await codeOf(createRun(service, { projectId, session: { sessionId: at(tree, 2).sessionId } })),
    ).toBe("CONFLICT");
    await expect.poll(async () => (await readRequest(service, id)).state).toBe("WITHDRAWN");
    await expect.poll(async () => (await read(at(tree, 0).sessionId)).tree.total).toBe(1);
    expect(await listSessions(service, { projectId, state: "ALL", level: "ALL" })).toEqual([
      at(tree, 0).sessionId,
    ]);
    expect((await read(at(tree, 1).sessionId)).children.totalCount).toBe(0);
    const later = new Date(Date.now() + 86_400_000).toISOString();
    const third = { sessionId: at(tree, 2).sessionId, expiresAt: later };
    expect(await codeOf(createRun(service, { projectId, session: third }))).toBe("CONFLICT");
    await createRun(service, { projectId, session: { sessionId: at(tree, 1).sessionId, expiresAt: later } });
    expect((await read(at(tree, 0).sessionId)).tree.total).toBe(4);
    expect(await listSessions(service, { projectId, state: "ALL", level: "ALL" })).toHaveLength(4);
    await createRun(service, { projectId, session: below });
  });

  it("a tree is removed whole, the lowest first, and its names are free", async () => {
    const tree = await chain(3);
    await expire(at(tree, 0).sessionId);
    const { id } = await read(at(tree, 0).sessionId);
    await expect.poll(() => removeSession(node, id)).toBe(true);
    const { rows } = await node.pool.query("SELECT name FROM session WHERE name = ANY($1)", [tree.names]);
    expect(rows).toEqual([]);
    await createSession(service, { sessionId: at(tree, 2).sessionId });
  });

  it("a tree is forgotten by the newest change in it", async () => {
    const tree = await chain(2);
    const [root, child] = tree.sessions as [(typeof tree.sessions)[0], (typeof tree.sessions)[0]];
    for (const { runId } of tree.sessions) await finishRun(service, runId);
    const { id } = await read(root.sessionId);
    const isForgotten = async () =>
      (await findForgottenSessions(node, 30, 1_000)).some((place) => place.id === id);
    const age = (...names: string[]) =>
      node.pool.query(
        "UPDATE session SET last_activity_at = 'epoch', updated_at = 'epoch' WHERE name = ANY($1)",
        [names],
      );
    await age(root.sessionId);
    expect(await isForgotten()).toBe(false);
    await age(child.sessionId);
    expect(await isForgotten()).toBe(true);
    expect(await removeSession(node, id)).toBe(true);
    expect(await listSessions(service, { projectId: tree.projectId, state: "ALL", level: "ALL" })).toEqual(
      [],
    );
    expect(await removeSession(node, id)).toBe(true);
    const { rows } = await node.pool.query("SELECT name FROM session WHERE name = ANY($1)", [tree.names]);
    expect(rows).toEqual([]);
  });
});
