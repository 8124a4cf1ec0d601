import { describe, expect, it } from "vitest";
import { expireRunLease } from "../../src/actions/expire-run-leases.js";
import type { TurnResultInput } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { passLease } from "../support/node.js";
import { shareNode, shareService } from "../support/shared-service.js";
import {
  acknowledgeCommand,
  append,
  cancelCommand,
  cancelRun,
  claim,
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readEvents,
  readSession,
} from "../support/work.js";

const service = shareService();
const node = shareNode(service);

async function payloadsOf(runId: string) {
  return (await readEvents(service, runId)).map(({ type, payload }) => ({ type, ...payload }));
}

async function readCommands(runId: string) {
  const query = graphql(`
    query CommandsOfRun($id: ID!) {
      run(id: $id) { commands { nodes { id state terminalStatus failureKind failureMessage updatedAt } } }
    }
  `);
  return found((await service.ask(query, { id: runId })).run).commands.nodes;
}

/** Every way in which a run ends. */
const ends: [string, (runId: string) => Promise<unknown>][] = [
  ["finishRun", (runId) => finishRun(service, runId)],
  ["cancelRun", (runId) => cancelRun(service, runId)],
  [
    "its last lease",
    async (runId) => {
      await passLease(node, runId);
      await expireRunLease(node, runId);
    },
  ],
];

const timedOut = {
  terminalStatus: "FAILED",
  failureKind: "BACKEND_TIMEOUT",
  failureMessage: "slow",
} as const;

describe("finishRun", () => {
  it.each<[result: TurnResultInput, state: string, message: string | null]>([
    [{ terminalStatus: "COMPLETED" }, "FAILED", null],
    [timedOut, "FAILED", "slow"],
    [{ terminalStatus: "BLOCKED", failureKind: "SECRET_UNAVAILABLE" }, "FAILED", null],
    [{ terminalStatus: "CANCELLED", failureKind: "CANCELLED" }, "CANCELLED", null],
  ])("with %j makes every live command of the run %s", async (result, state, failureMessage) => {
    const runId = await createRun(service);
    const done = await createCommand(service, runId);
    await finishCommand(service, done);
    for (const type of ["TURN", "STEER", "INTERRUPT"] as const) await createCommand(service, runId, type);
    const acknowledged = await createCommand(service, runId);
    await acknowledgeCommand(service, acknowledged);
    const [before] = await readCommands(runId);
    await finishRun(service, runId, result);
    const [first, ...others] = await readCommands(runId);
    expect(first).toEqual(before);
    expect(others).toHaveLength(4);
    for (const command of others) {
      expect(command).toMatchObject({ state, terminalStatus: state, failureMessage });
      expect(command.failureKind).toBe(result.failureKind ?? null);
    }
  });

  it("tells the thread, then the end of each live command, oldest first, then how the run ended", async () => {
    const { runId } = await createSession(service);
    const first = await createCommand(service, runId);
    const second = await createCommand(service, runId, "STEER");
    const third = await createCommand(service, runId, "INTERRUPT");
    await finishRun(service, runId, { ...timedOut, threadId: "t" });
    const outcome = { terminalStatus: "failed", failureKind: "backend-timeout", message: "slow" };
    const ended = { type: "BACKEND_STATUS", phase: "command-terminal", state: "failed", ...outcome };
    expect((await payloadsOf(runId)).slice(4)).toMatchObject([
      { type: "BACKEND_STATUS", phase: "session-updated", turnId: null },
      { ...ended, commandId: first },
      { ...ended, commandId: second },
      { ...ended, commandId: third },
      { type: "TERMINAL_STATUS", ...outcome },
    ]);
  });

  it("does it all in one transaction: until the commands have ended, nothing of it is seen", async () => {
    const { sessionId, runId } = await createSession(service);
    await createCommand(service, runId);
    const read = async () => ({
      session: await readSession(service, sessionId),
      commands: await readCommands(runId),
      events: await readEvents(service, runId),
    });
    const before = await read();
    const other = await node.pool.connect();
    await other.query("BEGIN");
    await other.query("SELECT FROM command WHERE run_id = $1 FOR UPDATE", [runId]);
    const finishing = finishRun(service, runId, { terminalStatus: "COMPLETED", threadId: "t" });
    const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await other.query(waiting)).rows[0].count).toBe(1);
    expect(await read()).toEqual(before);
    await other.query("COMMIT");
    other.release();
    await finishing;
    const after = await read();
    expect(after.session.executionState).toBe("TERMINAL");
    expect(after.events).toHaveLength(before.events.length + 3);
  });
});

it.each(ends)("after %s the late end of a command changes nothing", async (_how, end) => {
  const { sessionId, runId } = await createSession(service, {}, { maxAttempts: 1 });
  const commands = [await createCommand(service, runId), await createCommand(service, runId, "STEER")];
  await claim(service, runId);
  await end(runId);
  const read = async () => [
    await readSession(service, sessionId),
    await readCommands(runId),
    await readEvents(service, runId),
  ];
  const before = await read();
  const result = { terminalStatus: "COMPLETED", threadId: "late", turnId: "late" } as const;
  for (const id of commands) await finishCommand(service, id, result);
  for (const id of commands) await cancelCommand(service, id);
  await finishRun(service, runId, result);
  await cancelRun(service, runId);
  expect(await read()).toEqual(before);
});

it.each(ends)(
  "after %s nothing can be appended: a run's log ends with its TERMINAL_STATUS",
  async (_how, end) => {
    const runId = await createRun(service, { maxAttempts: 1 });
    const { leaseToken } = await claim(service, runId);
    await append(service, runId, ["before"], { leaseToken });
    await end(runId);
    const events = await readEvents(service, runId);
    expect(events.at(-1)?.type).toBe("TERMINAL_STATUS");
    for (const extra of [{}, { leaseToken }, { idempotencyKey: "late" }]) {
      await expect(append(service, runId, ["late"], extra)).rejects.toThrow("ALREADY_TERMINAL");
    }
    await expect(createCommand(service, runId)).rejects.toThrow("ALREADY_TERMINAL");
    expect(await readEvents(service, runId)).toEqual(events);
  },
);

it.each(ends)("of appends that race with %s, none comes after the TERMINAL_STATUS", async (_how, end) => {
  const runId = await createRun(service, { maxAttempts: 1 });
  await claim(service, runId);
  const appends = Array.from({ length: 12 }, (_, index) => append(service, runId, [`${index}`]));
  const [outcomes] = await Promise.all([Promise.allSettled(appends), end(runId)]);
  const stored = outcomes.filter(({ status }) => status === "fulfilled");
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(String(outcome.reason)).toContain("ALREADY_TERMINAL");
  }
  const types = (await readEvents(service, runId)).map(({ type }) => type);
  expect(types.filter((type) => type === "ASSISTANT_MESSAGE")).toHaveLength(stored.length);
  expect(types.indexOf("TERMINAL_STATUS")).toBe(types.length - 1);
});
