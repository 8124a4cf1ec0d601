import {
  cancelStormRun,
  claimStormRun,
  createStormRun,
  finishStormRun,
  heartbeatStormRun,
} from "../operations.js";
import { type Deed, type Writer, learn } from "../deed.js";

/** Creates a run in one of the sessions, or in none, and again with the same key. */
const create: Deed = async (writer) => {
  const { random, send, shared, ledger } = writer;
  const idempotencyKey = writer.nextKey();
  const session = random.chance(0.8) ? { sessionId: random.pick(shared.sessionNames) } : undefined;
  const input = {
    projectId: "storm",
    backendProfile: "codex",
    idempotencyKey,
    maxAttempts: 1 + random.below(3),
    session,
  };
  const created = await send(createStormRun, { input });
  if (!created) return;
  const { id } = created.createRun.run;
  ledger.runs.push({ id, text: idempotencyKey });
  learn(shared.runs, id);
  if (!random.chance(0.1)) return;
  const again = await send(createStormRun, { input });
  if (again?.createRun.run.id !== id) throw new Error(`createRun gave another run for ${idempotencyKey}`);
};

/** The shortest lease, in seconds. */
const shortest = 2;

const claim: Deed = async (writer) => {
  const { random, send, ledger, name } = writer;
  if (writer.held) return heartbeat(writer);
  const startedAt = Date.now();
  const claimed = await send(claimStormRun, {
    input: { runnerId: name, backendProfiles: ["codex"], leaseSeconds: shortest + random.below(20) },
  });
  const { run, leaseToken } = claimed?.claimNextRun ?? {};
  if (!run?.lease || !leaseToken) return;
  // The answer is read after the claim: once the lease has run out it may tell of the next one.
  if (Date.now() - startedAt < shortest * 1_000)
    ledger.claims.push({ runId: run.id, attempt: run.lease.attempt });
  writer.held = { runId: run.id, leaseToken, commandIds: run.commands.nodes.map(({ id }) => id) };
};

const heartbeat: Deed = async (writer) => {
  const { held, random, send, name } = writer;
  if (!held) return claim(writer);
  const { runId, leaseToken } = held;
  const beaten = await send(heartbeatStormRun, {
    input: { runId, runnerId: name, leaseToken, leaseSeconds: shortest + random.below(20) },
  });
  if (!beaten || beaten.heartbeatRun.cancelRequested) writer.held = undefined;
  else held.commandIds.push(...beaten.heartbeatRun.pendingCommands.map(({ id }) => id));
};

const finish: Deed = async (writer) => {
  const { held, random, send } = writer;
  const runId = held?.runId ?? pickRun(writer);
  if (runId === undefined) return;
  const result = { terminalStatus: random.pick(["COMPLETED", "FAILED", "BLOCKED"] as const) };
  writer.held = undefined;
  const ended = await send(finishStormRun, { input: { runId, leaseToken: held?.leaseToken, result } });
  if (ended) noteEnd(writer, ended.finishRun.run);
};

const cancel: Deed = async (writer) => {
  const runId = pickRun(writer);
  if (runId === undefined || !writer.random.chance(0.3)) return;
  const ended = await writer.send(cancelStormRun, { input: { runId } });
  if (ended) noteEnd(writer, ended.cancelRun.run);
};

function noteEnd({ ledger }: Writer, { id, status }: { id: string; status: string }): void {
  ledger.endedRuns.push({ id, state: status });
}

/** One of the runs that are known; undefined if there is none. */
export function pickRun({ random, shared }: Writer): string | undefined {
  return shared.runs.length === 0 ? undefined : random.pick(shared.runs);
}

export const runDeeds: readonly Deed[] = [create, claim, claim, heartbeat, finish, cancel];
