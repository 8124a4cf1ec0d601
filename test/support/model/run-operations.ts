/*
 * What happens to sessions, runs and commands, done by the service and by the model; both have to answer alike.
 */
import { expect } from "vitest";
import { expireRunLease } from "../../../src/actions/expire-run-leases.js";
import { type Fresh, type ModelSession, cancelled, nothing, sessionOf, treeOf } from "./model.js";
import * as readers from "./reader.js";
import { addRun } from "./request.js";
import * as model from "./session.js";
import { type World, findFresh, mutate, pickLively, pickRun, profiles, projects } from "./world.js";

const titles = ["Fix the Parser", "50%_of all", "parse ÄRGER", null];
const prompts = ["fix   the tests", "Überall parsen", "", null];
const results = [
  { terminalStatus: "COMPLETED", failureKind: null },
  { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" },
  { terminalStatus: "BLOCKED", failureKind: null },
  { terminalStatus: "CANCELLED", failureKind: "CANCELLED" },
];
/** Of each place the place above it: a tree of six levels, one of two branches, and two of one session. */
const parents = [null, 0, 1, 2, 3, 4, null, 6, 6, 7, null, null, null];
/** The session of this place has expired when it is made, and so takes nothing below it. */
const expiredPlace = parents.length - 1;

/** Longer than a test takes: leases run out where it says so. */
const leaseSeconds = 3_600;

/** A moment ago, so that the session is not removed yet. */
const lately = new Date(Date.now() - 1_000).toISOString();

const nameOf = (place: number) => `session ${place}`;

function rootOf(place: number): number {
  const parent = parents[place] ?? null;
  return parent === null ? place : rootOf(parent);
}

/** Begins a run in one of the sessions, which may be new: below its parent where there is one. */
export async function createRun(world: World): Promise<void> {
  const { random } = world;
  const known = new Set(world.model.sessions.map(({ givenName }) => givenName));
  let place = random.below(parents.length);
  for (let up = parents[place] ?? null; up !== null && !known.has(nameOf(up)); up = parents[place] ?? null)
    place = up;
  await createRunAt(world, place);
}

async function createRunAt(world: World, place: number): Promise<void> {
  const { random } = world;
  const parent = parents[place] ?? null;
  const projectId = projects[rootOf(place) % 2] ?? "";
  const backendProfile = profiles[place % 3 === 0 ? 0 : 1] ?? "";
  const title = titles[place % 4] ?? null;
  const isExpired = place === expiredPlace;
  const maxAttempts = random.pick([1, 2, 3]);
  const parallel = random.chance(0.2);
  const prompt = random.pick(prompts);
  const turn = random.chance(0.3) ? { payload: prompt === null ? {} : { prompt } } : undefined;
  const runnerId = random.chance(0.3) ? random.pick(world.runnerIds) : undefined;
  const claim = runnerId === undefined ? undefined : { runnerId, leaseSeconds };
  const session = {
    sessionId: nameOf(place),
    metadata: title === null ? {} : { title },
    expiresAt: isExpired ? lately : null,
    ...(parent === null ? {} : { parent: { sessionId: nameOf(parent) } }),
  };
  const earlier = world.model.sessions.find(({ givenName }) => givenName === session.sessionId);
  const { payload, code } = await mutate(
    world,
    "createRun",
    { projectId, backendProfile, session, maxAttempts, parallel, turn, claim },
    "run { id session { id parent { id } } } command { id }",
  );
  // Its first run makes a session that has expired already; from then on it takes none.
  expect(code).toBe(isExpired && earlier ? "CONFLICT" : null);
  if (code !== null) return;
  const { id: runId, session: made } = payload.run;
  if (!earlier) {
    const parentId = made.parent?.id ?? null;
    const rest = { projectId, backendProfile, parentId, isExpired, givenTitle: title };
    model.addSession(world.model, { id: made.id, givenName: session.sessionId, ...rest });
  }
  addRun(world.model, { id: runId, sessionId: made.id, maxAttempts, parallel, resumesId: null });
  if (turn) {
    const { id } = payload.command;
    const fresh = await findFresh(world, id);
    model.addCommand(world.model, { id, runId, type: "TURN" }, { prompt: titleOf(prompt), fresh }, true);
    expect(fresh).toEqual(nothing());
  }
  if (runnerId !== undefined) model.claim(world.model, runId, runnerId);
}

function titleOf(prompt: string | null): string | null {
  return prompt?.replace(/ +/g, " ") || null;
}

export async function createCommand(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const type = world.random.pick(["TURN", "TURN", "STEER", "INTERRUPT"] as const);
  const prompt = world.random.pick(prompts);
  const input = { runId, type, payload: prompt === null ? {} : { prompt } };
  const { payload, code } = await mutate(world, "createCommand", input, "command { id }");
  const id = payload?.command.id;
  const fresh = await findFresh(world, id);
  expect(code).toBe(model.addCommand(world.model, { id, runId, type }, { prompt: titleOf(prompt), fresh }));
  expect(fresh).toEqual(nothing());
}

export async function claimRun(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const runnerId = world.random.pick(world.runnerIds);
  const { code } = await mutate(world, "claimRun", { runId, runnerId, leaseSeconds }, "run { id }");
  expect(code).toBe(model.claim(world.model, runId, runnerId));
}

export async function claimNextRun(world: World): Promise<void> {
  const runnerId = world.random.pick(world.runnerIds);
  const input = { runnerId, backendProfiles: profiles, leaseSeconds };
  const { payload } = await mutate(world, "claimNextRun", input, "run { id }");
  const next = model.nextRun(world.model);
  expect(payload.run?.id).toBe(next);
  if (next !== undefined) model.claim(world.model, next, runnerId);
}

/** A runner gives back what it holds, or what it does not. */
export async function releaseRun(world: World): Promise<void> {
  const run = pickLively(world, world.model.runs, ({ status }) => status === "CLAIMED");
  if (!run) return;
  const untilCommand = world.random.chance(0.7);
  const input = { runId: run.id, untilCommand };
  const { payload } = await mutate(world, "releaseRun", input, "run { id }");
  expect(payload.run.id).toBe(run.id);
  model.release(world.model, run.id, untilCommand);
}

/** A lease runs out, and either that is found or another runner claims the run. */
export async function expireLease(world: World): Promise<void> {
  const claimed = world.model.runs.filter(({ status }) => status === "CLAIMED");
  if (claimed.length === 0) return;
  const { id: runId } = world.random.pick(claimed);
  await world.store.pool.query(
    "UPDATE run SET lease_expires_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2",
    [world.store.tenantId, runId],
  );
  if (world.random.chance(0.7)) {
    await expireRunLease(world.store, runId);
    model.expire(world.model, runId);
    return;
  }
  const runnerId = world.random.pick(world.runnerIds);
  const { code } = await mutate(world, "claimRun", { runId, runnerId, leaseSeconds }, "run { id }");
  model.expire(world.model, runId);
  expect(code).toBe(model.claim(world.model, runId, runnerId));
}

/** A runner takes a command, mostly one that waits. */
export async function acknowledge(world: World): Promise<void> {
  const command = pickLively(world, world.model.commands, ({ end, isTaken }) => !end && !isTaken);
  if (!command) return;
  const { code } = await mutate(world, "acknowledgeCommand", { commandId: command.id }, "command { id }");
  expect(code).toBeNull();
  model.acknowledge(world.model, command.id);
}

export async function endCommand(world: World): Promise<void> {
  const command = pickLively(world, world.model.commands, ({ end }) => !end);
  if (!command) return;
  const { id: commandId, type } = command;
  const end = world.random.pick(results);
  if (world.random.chance(0.2)) {
    const isRefused = type === "ANSWER" && !command.end;
    const { code } = await mutate(world, "cancelCommand", { commandId }, "command { id }");
    expect(code).toBe(isRefused ? "CONFLICT" : null);
    if (isRefused) return;
    const keep = keepRead(world, [sessionOf(world.model, command.runId)]);
    model.endCommand(world.model, commandId, cancelled, false);
    keep();
    return;
  }
  if (type === "ANSWER") return;
  const threadId = type !== "INTERRUPT" && world.random.chance(0.3) ? "thread" : null;
  const input = { commandId, result: { ...end, threadId } };
  const { code } = await mutate(world, "finishCommand", input, "command { id }");
  expect(code).toBe(model.endCommand(world.model, commandId, end, threadId !== null));
}

export async function endRun(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const end = world.random.chance(0.3) ? null : world.random.pick(results);
  const { code } = end
    ? await mutate(world, "finishRun", { runId, result: end }, "run { id }")
    : await mutate(world, "cancelRun", { runId }, "run { id }");
  expect(code).toBeNull();
  const fresh: Fresh = await findFresh(world);
  const keep = end ? () => undefined : keepRead(world, [sessionOf(world.model, runId)]);
  model.endRun(world.model, runId, end ?? cancelled, fresh);
  expect(fresh).toEqual(nothing());
  keep();
}

/** Ends all that works in a session, mostly in all below it too. */
export async function cancelSession(world: World): Promise<void> {
  const session = world.random.pick(world.model.sessions);
  const tree = world.random.chance(0.7);
  const input = { session: { id: session.id }, tree };
  const { payload } = await mutate(world, "cancelSession", input, "cancelledRuns");
  const keep = keepRead(world, tree ? treeOf(world.model, session) : [session]);
  expect(payload.cancelledRuns).toBe(model.cancelSession(world.model, session, tree));
  keep();
}

/** What a reader does leaves these sessions read, if they were. */
function keepRead(world: World, sessions: readonly ModelSession[]): () => void {
  const keeps = sessions.map(({ id }) => readers.keepRead(world.model, "ada", id));
  return () => {
    for (const keep of keeps) keep();
  };
}
