/*
 * Operations chosen at random, each done by the service and by the model in session.ts; both have to answer alike.
 * Every caller has every scope, so that no lease token is needed.
 */
import { expect } from "vitest";
import { expireRunLease } from "../../../src/actions/expire-run-leases.js";
import { listStates } from "../../../src/domain/inbox/list.js";
import type { TenantStore } from "../../../src/store/store.js";
import { readVersion } from "../../../src/store/tenant.js";
import type { Random } from "../random.js";
import * as readers from "./reader.js";
import * as model from "./session.js";
import type { Call } from "../start-service.js";

/** A tenant of the service, and what the model says of it. */
export interface World {
  model: model.Model;
  random: Random;
  calls: ReadonlyMap<string, Call>;
  runnerIds: readonly string[];
  store: TenantStore;
  /** How many sessions of a list the service marks one by one in a transaction. */
  marksAtOnce: number;
  /** Ends the lease of a run, in the database whose clock decides. */
  endLease(runId: string): Promise<unknown>;
  /** What the service says of each session's activity. */
  activity: Map<string, { lastActivityAt: string; updatedAt: string }>;
  /** The service's version for each of the model's. */
  versions: Map<number, number>;
}

const projects = ["red", "blue"];
const profiles = ["codex", "claude"];
const titles = ["Fix the Parser", "50%_of all", "parse ÄRGER", null];
const prompts = ["fix   the tests", "Überall parsen", "", null];
const searches = ["fix", "PARSE", "the FIX", "%_", "är", "nowhere"];
const reasonSets = [
  ["WORKING", "IDLE"],
  ["NEEDS_INPUT", "NEEDS_APPROVAL"],
  ["FINISHED", "FAILED"],
  ["STALE"],
];
const results = [
  { terminalStatus: "COMPLETED", failureKind: null },
  { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" },
  { terminalStatus: "BLOCKED", failureKind: null },
  { terminalStatus: "CANCELLED", failureKind: "CANCELLED" },
];
const mostSessions = 12;
/** More than any version. */
const beyond = 2 ** 53 - 1;

/** A filter that narrows a list to some of the sessions. */
export function pickFilter({ random, activity }: World): readers.Filter {
  const filters: readers.Filter[] = [
    { reasons: random.pick(reasonSets) },
    { projectId: random.pick(projects) },
    { backendProfile: random.pick(profiles) },
    { search: random.pick(searches) },
    { archived: true },
    { snoozed: true },
    { archived: true, snoozed: true },
    { archived: false, updatedAfter: random.pick([...activity.values()]).updatedAt },
  ];
  return random.chance(0.3) ? { ...random.pick(filters), ...random.pick(filters) } : random.pick(filters);
}

/** Sends a mutation; gives its payload, or the code of its refusal. */
async function mutate(world: World, name: string, input: object, selection: string, reader = "ada") {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  const call = world.calls.get(reader);
  const answer = await call?.(
    `mutation ($input: ${type}) { payload: ${name}(input: $input) { ${selection} } }`,
    { input },
  );
  return { payload: answer?.data?.payload, code: answer?.errors?.[0]?.extensions["code"] ?? null };
}

/** A run: mostly one that has not ended. */
function pickRun({ random, model: { runs } }: World): model.ModelRun {
  const live = runs.filter(({ status }) => status !== "ENDED");
  return live.length > 0 && random.chance(0.9) ? random.pick(live) : random.pick(runs);
}

/** A command: mostly one that lives; undefined where there is none yet. */
function pickCommand({ random, model: { commands } }: World): model.ModelCommand | undefined {
  const live = commands.filter(({ end }) => !end);
  if (commands.length === 0) return undefined;
  return live.length > 0 && random.chance(0.9) ? random.pick(live) : random.pick(commands);
}

async function createRun(world: World): Promise<void> {
  const { random } = world;
  const place = random.below(mostSessions);
  const projectId = projects[place % 2] ?? "";
  const backendProfile = profiles[place % 3 === 0 ? 0 : 1] ?? "";
  const title = titles[place % 4] ?? null;
  const isExpired = place === mostSessions - 1;
  const maxAttempts = random.pick([1, 2, 3]);
  const session = {
    sessionId: `session ${place}`,
    metadata: title === null ? {} : { title },
    expiresAt: isExpired ? "2020-01-01T00:00:00Z" : null,
  };
  const { payload, code } = await mutate(
    world,
    "createRun",
    { projectId, backendProfile, session, maxAttempts },
    "run { id session { id } }",
  );
  // Its first run makes a session that has expired already; from then on it takes none.
  const isKnown = world.model.sessions.some((known) => known.isExpired);
  expect(code).toBe(isExpired && isKnown ? "CONFLICT" : null);
  if (code !== null) return;
  const { id } = payload.run.session;
  if (!world.model.sessions.some((known) => known.id === id))
    model.addSession(world.model, { id, projectId, backendProfile, isExpired, givenTitle: title });
  model.addRun(world.model, { id: payload.run.id, sessionId: id, maxAttempts });
}

async function createCommand(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const type = world.random.pick(["TURN", "TURN", "STEER", "INTERRUPT"] as const);
  const prompt = world.random.pick(prompts);
  const input = { runId, type, payload: prompt === null ? {} : { prompt } };
  const { payload, code } = await mutate(world, "createCommand", input, "command { id }");
  const title = prompt?.replace(/ +/g, " ") || null;
  expect(code).toBe(model.addCommand(world.model, { id: payload?.command.id, runId, type }, title));
}

async function claimRun(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const runnerId = world.random.pick(world.runnerIds);
  const { code } = await mutate(world, "claimRun", { runId, runnerId }, "run { id }");
  expect(code).toBe(model.claim(world.model, runId, runnerId));
}

/** A lease runs out, and either that is found or another runner claims the run. */
async function expireLease(world: World): Promise<void> {
  const claimed = world.model.runs.filter(({ status }) => status === "CLAIMED");
  if (claimed.length === 0) return;
  const { id: runId } = world.random.pick(claimed);
  await world.endLease(runId);
  if (world.random.chance(0.7)) {
    await expireRunLease(world.store, runId);
    model.expire(world.model, runId);
    return;
  }
  const runnerId = world.random.pick(world.runnerIds);
  const { code } = await mutate(world, "claimRun", { runId, runnerId }, "run { id }");
  model.expire(world.model, runId);
  expect(code).toBe(model.claim(world.model, runId, runnerId));
}

async function appendEvents(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const kinds = world.random.pick([[], ["question"], ["approval"], ["approval", "question"]] as const);
  const events = [
    { type: "ASSISTANT_MESSAGE", payload: { text: "hello" } },
    ...kinds.map((kind) => ({ type: "INPUT_REQUEST", payload: { kind, prompt: "?" } })),
  ];
  const { code } = await mutate(world, "appendEvents", { runId, events }, "lastSeq");
  expect(code).toBe(model.append(world.model, runId, kinds));
}

async function endCommand(world: World): Promise<void> {
  const command = pickCommand(world);
  if (!command) return;
  const { id: commandId, type } = command;
  const end = world.random.pick(results);
  if (world.random.chance(0.2)) {
    const { code } = await mutate(world, "cancelCommand", { commandId }, "command { id }");
    const cancelled = { terminalStatus: "CANCELLED", failureKind: "CANCELLED" };
    const keep = readers.keepRead(world.model, "ada", model.find(world.model.runs, command.runId).sessionId);
    expect(code).toBe(model.endCommand(world.model, commandId, cancelled, false));
    keep();
    return;
  }
  const threadId = type !== "INTERRUPT" && world.random.chance(0.3) ? "thread" : null;
  const input = { commandId, result: { ...end, threadId } };
  const { code } = await mutate(world, "finishCommand", input, "command { id }");
  expect(code).toBe(model.endCommand(world.model, commandId, end, threadId !== null));
}

async function endRun(world: World): Promise<void> {
  const { id: runId } = pickRun(world);
  const end = world.random.chance(0.3) ? null : world.random.pick(results);
  const selection = "run { session { lastRun { id resumes { id } } lastCommand { id } } }";
  const { payload, code } = end
    ? await mutate(world, "finishRun", { runId, result: end }, selection)
    : await mutate(world, "cancelRun", { runId }, selection);
  expect(code).toBeNull();
  const { lastRun, lastCommand } = payload.run.session;
  const next = lastRun.resumes?.id === runId ? { runId: lastRun.id, commandId: lastCommand.id } : null;
  const cancelled = { terminalStatus: "CANCELLED", failureKind: "CANCELLED" };
  const { sessionId } = model.find(world.model.runs, runId);
  const keep = end ? () => undefined : readers.keepRead(world.model, "ada", sessionId);
  model.endRun(world.model, runId, end ?? cancelled, next);
  keep();
}

/** A reader answers the oldest request of a run. */
async function answerRequest(world: World): Promise<void> {
  const asking = world.model.sessions.filter(({ requests, isExpired }) => requests.length > 0 && !isExpired);
  if (asking.length === 0) return;
  const { runId } = world.random.pick(world.random.pick(asking).requests);
  const reader = world.random.pick([...world.calls.keys()]);
  const open = await world.calls.get(reader)?.(
    "query ($runId: ID!) { inputRequests(filter: { runId: $runId }, first: 1) { nodes { id kind } } }",
    { runId },
  );
  const [request] = open?.data?.inputRequests.nodes ?? [];
  const decision = request?.kind === "APPROVAL" ? "APPROVED" : "DENIED";
  const selection = "inputRequest { answer { command { id type run { id } } } }";
  const { payload, code } = await mutate(
    world,
    "answerInputRequest",
    { id: request?.id, decision },
    selection,
    reader,
  );
  expect(code).toBeNull();
  const { command } = payload.inputRequest.answer;
  const next = command?.type === "TURN" ? { runId: command.run.id, commandId: command.id } : null;
  const keep = readers.keepRead(world.model, reader, model.find(world.model.runs, runId).sessionId);
  model.answer(world.model, runId, next);
  keep();
}

/** One reader marks one session: half of the time the same two, since what a mark does depends on the marks before. */
async function mark(world: World): Promise<void> {
  const { random } = world;
  const isOften = random.chance(0.5);
  const reader = isOften ? "ada" : random.pick([...world.calls.keys()]);
  const { id } = random.pick(isOften ? world.model.sessions.slice(0, 2) : world.model.sessions);
  const own = readers.markOf(world.model, reader, id);
  const flag = random.chance(0.75);
  const until = flag ? "2126-01-01T00:00:00Z" : null;
  const [upTo, upToVersion] = random.pick([...world.versions, [Infinity, beyond] as const]);
  const [name, more, change] = random.pick<[string, object, () => void]>([
    ["markSessionRead", {}, () => readers.markRead(world.model, reader, id)],
    ["markSessionRead", { upToVersion }, () => readers.markRead(world.model, reader, id, upTo)],
    ["markSessionUnread", {}, () => readers.markUnread(world.model, reader, id)],
    ["archiveSession", { archived: flag }, () => (own.archived = flag)],
    ["snoozeSession", { until }, () => (own.snoozed = flag)],
    ["pinSession", { pinned: flag }, () => (own.pinned = flag)],
  ]);
  const input = { session: { id }, ...more };
  const { payload } = await mutate(world, name, input, `counts { total unread archived snoozed }`, reader);
  change();
  expect(readers.countsOf(world.model, reader, {}, world.activity)).toMatchObject(payload.counts);
}

/** One reader marks a list as read. */
async function markList(world: World): Promise<void> {
  const { random } = world;
  const reader = random.pick([...world.calls.keys()]);
  const filter = { ...(random.chance(0.5) ? {} : pickFilter(world)), state: random.pick(listStates) };
  const isAll = random.chance(0.5);
  // What is read without a version is read up to the newest, which no session need have.
  if (isAll) world.versions.set((world.model.version += 1), await readVersion(world.store));
  const [upTo, newest] = isAll ? [world.model.version, null] : random.pick([...world.versions]);
  const upToVersion = isAll ? random.pick([null, beyond]) : newest;
  const { payload } = await mutate(world, "markSessionsRead", { filter, upToVersion }, "changed", reader);
  expect(payload.changed).toBe(
    readers.markListRead(world.model, reader, filter, world.activity, upTo, world.marksAtOnce),
  );
}

/** What may happen, each as likely as its weight says. */
const weights: readonly [operation: (world: World) => Promise<void>, weight: number][] = [
  [createRun, 1],
  [createCommand, 3],
  [claimRun, 2],
  [expireLease, 1],
  [appendEvents, 1],
  [answerRequest, 1],
  [endCommand, 2],
  [endRun, 1],
  [mark, 9],
  [markList, 2],
];

/** What may happen; createRun, without which nothing can, comes first. */
export const operations = weights.flatMap(([operation, weight]) =>
  Array.from({ length: weight }, () => operation),
);
