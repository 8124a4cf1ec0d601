/*
 * What is asked of people, done by the service and by the model; both have to answer alike.
 */
import { expect } from "vitest";
import { expireInputRequest } from "../../../src/actions/input-request/expire.js";
import { type Asked, type ModelRequest, find, nothing, sessionOf } from "./model.js";
import * as readers from "./reader.js";
import * as model from "./request.js";
import { type World, findFresh, mutate, pickLively, pickRun, runnerOwner } from "./world.js";

/** An agent prints, and asks up to three things, some of them again or otherwise than before. */
export async function appendEvents(world: World): Promise<void> {
  const { random } = world;
  const { id: runId } = pickRun(world);
  const asked = Array.from({ length: random.below(4) }, (): Asked => {
    const kind = random.pick(["question", "question", "approval"] as const);
    return {
      kind,
      prompt: random.pick(["?", "??"]),
      ...(random.chance(0.4) ? { choices: ["a", "b"] } : {}),
      ...(random.chance(0.4) ? { requestId: random.pick(["r1", "r2"]) } : {}),
    };
  });
  const events = [
    { type: "ASSISTANT_MESSAGE", payload: { text: "hello" } },
    ...asked.map((payload) => ({ type: "INPUT_REQUEST", payload })),
  ];
  const selection = "events { ... on InputRequestEvent { inputRequest { id } } }";
  const { payload, code } = await mutate(world, "appendEvents", { runId, events }, selection);
  const ids = payload?.events
    .slice(1)
    .map((event: { inputRequest: { id: string } }) => event.inputRequest.id);
  expect(code).toBe(asked.length > 0 || code ? model.ask(world.model, runId, asked, ids ?? []) : null);
}

/** A request, mostly an open one, of a session that has not expired. */
function pickRequest(world: World): ModelRequest | undefined {
  const { requests } = world.model;
  const all = requests.filter(({ runId }) => !sessionOf(world.model, runId).isExpired);
  return pickLively(world, all, ({ state }) => state === "OPEN");
}

/** Why a reader may not answer; null if it may. Whose runner asks for an approval does not give it. */
function refusalOf({ model }: World, { state, runId, asked }: ModelRequest, reader: string): string | null {
  if (state !== "OPEN") return "ALREADY_TERMINAL";
  const isOwn = reader === runnerOwner && find(model.runs, runId).runnerId !== null;
  return isOwn && asked.kind === "approval" ? "FORBIDDEN" : null;
}

/** A reader answers, and sometimes sends the same again. */
export async function answerRequest(world: World): Promise<void> {
  const { random } = world;
  const request = pickRequest(world);
  if (!request) return;
  const reader = random.pick([...world.calls.keys()]);
  const resume = random.chance(0.8);
  const idempotencyKey = `${world.model.version}`;
  const decision =
    request.asked.kind === "approval"
      ? random.pick(["APPROVED", "DENIED"])
      : random.pick(["ANSWERED", "DENIED"]);
  const input = { id: request.id, decision, comment: "so", resume, idempotencyKey };
  const answer = () => mutate(world, "answerInputRequest", input, "replayed", reader);
  const { payload, code } = await answer();
  const refusal = refusalOf(world, request, reader);
  expect([code, payload?.replayed]).toEqual(refusal === null ? [null, false] : [refusal, undefined]);
  if (refusal !== null) return;
  const fresh = await findFresh(world);
  const keep = readers.keepRead(world.model, reader, sessionOf(world.model, request.runId).id);
  model.closeAndTell(world.model, request, { state: "ANSWERED", resume }, fresh);
  expect(fresh).toEqual(nothing());
  keep();
  if (random.chance(0.2)) expect((await answer()).payload).toEqual({ replayed: true });
}

/** The runner says that it was answered elsewhere, or that no answer is needed. */
export async function closeRequest(world: World): Promise<void> {
  const request = pickRequest(world);
  if (!request) return;
  const decision = world.random.chance(0.5) ? "DENIED" : null;
  const { code } = await mutate(
    world,
    "closeInputRequest",
    { id: request.id, decision },
    "inputRequest { id }",
  );
  expect(code).toBeNull();
  if (request.state !== "OPEN") return;
  const fresh = await findFresh(world);
  model.closeQuietly(world.model, request, { state: decision ? "ANSWERED" : "WITHDRAWN" }, fresh);
  expect(fresh).toEqual(nothing());
}

/** Nobody answers in time. */
export async function expireRequest(world: World): Promise<void> {
  const request = pickRequest(world);
  if (request?.state !== "OPEN") return;
  const { store } = world;
  await store.pool.query(
    "UPDATE input_request SET expires_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2",
    [store.tenantId, request.id],
  );
  await expireInputRequest(store, request.id);
  const fresh = await findFresh(world);
  model.closeAndTell(world.model, request, { state: "EXPIRED", resume: false }, fresh);
  expect(fresh).toEqual(nothing());
}
