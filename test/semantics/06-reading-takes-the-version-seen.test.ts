import { afterAll, beforeAll, expect, it } from "vitest";
import type { MarkSessionReadInput } from "../generated/documents/graphql.js";
import { listSessions, mark, readAttention } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  createCommand,
  createSession,
  finishCommand,
  finishRun,
  readSession,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A session that does nothing, and its versions: an older one that somebody may have seen, and the current one. */
async function changedSession(projectId = "p") {
  const { sessionId, runId } = await createSession(service, {}, { projectId });
  const { version: seen } = await readSession(service, sessionId);
  await finishCommand(service, await createCommand(service, runId));
  const { version: current } = await readSession(service, sessionId);
  expect(current).toBeGreaterThan(seen);
  return { sessionId, runId, seen, current };
}

const read = (sessionId: string, input: Partial<MarkSessionReadInput> = {}) =>
  mark(service, "markSessionRead", sessionId, input);

it("what came after the version that the reader saw stays unread", async () => {
  const projectId = uniqueName("project");
  const { sessionId, seen, current } = await changedSession(projectId);
  await read(sessionId, { upToVersion: seen });
  expect(await readAttention(service, sessionId)).toMatchObject({ state: "UNREAD", readVersion: seen });
  expect(await listSessions(service, { projectId })).toEqual([sessionId]);
  await read(sessionId, { upToVersion: current });
  expect(await readAttention(service, sessionId)).toMatchObject({ state: "READ", readVersion: current });
  expect(await listSessions(service, { projectId })).toEqual([]);
});

it("the version that was read is never lowered: the greater wins, and nothing changes", async () => {
  const { sessionId, seen, current } = await changedSession();
  await read(sessionId, { upToVersion: current });
  const before = await readAttention(service, sessionId);
  await read(sessionId, { upToVersion: seen });
  await read(sessionId, { upToVersion: 0 });
  expect(await readAttention(service, sessionId)).toEqual(before);
});

it("of versions that are marked at the same time the greatest wins", async () => {
  const { sessionId, current } = await changedSession();
  const versions = Array.from({ length: 12 }, (_, index) => Math.max(0, current - ((index * 5) % 12)));
  await Promise.all(versions.map((upToVersion) => read(sessionId, { upToVersion })));
  expect(await readAttention(service, sessionId)).toMatchObject({ readVersion: current, state: "READ" });
});

it("a version that is still to come is clamped to the current one, so that what comes is unread", async () => {
  const { sessionId, runId, current } = await changedSession();
  await read(sessionId, { upToVersion: Number.MAX_SAFE_INTEGER });
  expect(await readAttention(service, sessionId)).toMatchObject({ state: "READ", readVersion: current });
  await finishCommand(service, await createCommand(service, runId));
  expect(await readAttention(service, sessionId)).toMatchObject({ state: "UNREAD", readVersion: current });
});

it("left out, it is the current version, at the database's time", async () => {
  const { sessionId, current } = await changedSession();
  const { updatedAt } = await readSession(service, sessionId);
  await read(sessionId);
  const attention = await readAttention(service, sessionId);
  expect(attention).toMatchObject({ state: "READ", unread: false, readVersion: current });
  expect(found(attention.readAt) > updatedAt).toBe(true);
});

it("reading never changes the session or its version", async () => {
  const { sessionId, seen } = await changedSession();
  const before = await readSession(service, sessionId);
  await read(sessionId, { upToVersion: seen });
  await read(sessionId);
  expect(await readSession(service, sessionId)).toEqual(before);
});

it("an active session is neither read nor unread; what was read of it while it worked is old when it ends", async () => {
  const { sessionId, runId } = await createSession(service);
  await createCommand(service, runId);
  await read(sessionId);
  const { version } = await readSession(service, sessionId);
  expect(await readAttention(service, sessionId)).toMatchObject({
    state: "ACTIVE",
    unread: false,
    readVersion: version,
  });
  await finishRun(service, runId);
  expect(await readAttention(service, sessionId)).toMatchObject({ state: "UNREAD", readVersion: version });
});

it("a session is read in one step with its list, up to a version: one that changed later stays unread", async () => {
  const projectId = uniqueName("project");
  const early = await changedSession(projectId);
  const late = await changedSession(projectId);
  await finishRun(service, late.runId);
  const mutation = graphql(`
    mutation MarkSessionsReadWithCounts($input: MarkSessionsReadInput!) {
      markSessionsRead(input: $input) { changed counts { total } }
    }
  `);
  const readAll = async (extra: object) =>
    (await service.ask(mutation, { input: { filter: { projectId }, ...extra } })).markSessionsRead.changed;
  expect(await readAll({ upToVersion: late.current })).toBe(1);
  expect(await readAttention(service, early.sessionId)).toMatchObject({
    state: "READ",
    readVersion: early.current,
  });
  expect(await readAttention(service, late.sessionId)).toMatchObject({ state: "UNREAD", readVersion: null });
  expect(await readAll({})).toBe(1);
  expect(await readAll({})).toBe(0);
  expect(await listSessions(service, { projectId })).toEqual([]);
});
