import { afterAll, beforeAll, expect, it } from "vitest";
import type { Caller } from "../../src/actions/caller.js";
import { finishCommand as finish } from "../../src/actions/finish-command.js";
import { type CreateCommandInput, createCommand as create } from "../../src/actions/create-command.js";
import type { TurnResult } from "../../src/actions/turn-result.js";
import { localViewer } from "../../src/auth/viewer.js";
import type { TenantStore } from "../../src/store/store.js";
import { openNode } from "../support/node.js";
import { lockRun } from "../support/row-lock.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { readStored } from "../support/stored-session.js";
import {
  askForInput,
  createCommand,
  createRun,
  createSession,
  finishRun,
  times,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let node: TenantStore;
let caller: Caller;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  caller = { viewer: localViewer, store: node };
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

/** How each session is before, by what is there in it. */
const kinds: Record<string, (runId: string, sessionId: string) => Promise<unknown>> = {
  "nothing yet": async () => {},
  "a turn that lives": (runId) => createCommand(service, runId),
  "another run, with a turn": async (_runId, sessionId) =>
    createCommand(service, await createRun(service, { session: { sessionId } })),
  "a question": (runId) => askForInput(service, runId),
  "an approval": (runId) => askForInput(service, runId, "approval"),
  "a run that has ended": (runId) => finishRun(service, runId),
  "a session below": (_runId, sessionId) => createSession(service, { parent: { sessionId } }),
};
const asks: Partial<CreateCommandInput>[] = [
  { type: "TURN", payload: { prompt: "Mend the   flaky test" } },
  { type: "TURN", payload: { prompt: "go on" }, occurredAt: "2020-02-02T02:02:02.020202Z" },
  { type: "STEER", payload: { text: "left" } },
  { type: "INTERRUPT", payload: {}, idempotencyKey: "key" },
];
const results: TurnResult[] = [
  { terminalStatus: "COMPLETED", threadId: "thread", turnId: "turn" },
  { terminalStatus: "COMPLETED" },
  { terminalStatus: "FAILED", failureMessage: "no" },
  { terminalStatus: "BLOCKED", failureKind: "SECRET_UNAVAILABLE" },
];

/** Makes a session of each kind, below another if it is told so, and gives what is asked of each. */
async function prepare(isBelow: boolean) {
  const parent = async () =>
    isBelow ? { parent: { sessionId: (await createSession(service)).sessionId } } : {};
  const made: { name: string; runId: string; input: CreateCommandInput; result: TurnResult }[] = [];
  for (const before of Object.values(kinds)) {
    for (const [index, input] of asks.entries()) {
      const { runId, sessionId: name } = await createSession(service, await parent());
      await before(runId, name);
      made.push({
        name,
        runId,
        input: { runId, ...input } as CreateCommandInput,
        result: results[index] ?? { terminalStatus: "COMPLETED" },
      });
    }
  }
  return made;
}

it.each([
  ["roots", false],
  ["sessions below", true],
])(
  "commands that are created and ended at once become what they become one by one, in %s",
  async (_, isBelow) => {
    const [single, merged] = [await prepare(isBelow), await prepare(isBelow)];
    const settle = (
      of: typeof single,
      all: boolean,
      act: (made: (typeof single)[number]) => Promise<unknown>,
    ) => {
      const told = (made: (typeof single)[number]) =>
        act(made).catch((error: Error) =>
          error.message.replaceAll(/[0-9a-f]{32}/g, "").replaceAll(made.name, ""),
        );
      if (all) return Promise.all(of.map(told));
      return of.reduce<Promise<unknown[]>>(
        async (before, made) => [...(await before), await told(made)],
        Promise.resolve([]),
      );
    };
    const commands = new Map<string, string>();
    const begin = async ({ name, input }: (typeof single)[number]) => {
      commands.set(name, (await create(caller, input)).command.id);
    };
    const end = async ({ name, result }: (typeof single)[number]) => {
      const commandId = commands.get(name);
      if (commandId !== undefined) await finish(caller, { commandId, result, leaseToken: null });
    };
    const stored = async (of: typeof single) =>
      Promise.all(of.map(async ({ name }) => (await readStored(node, name)).split("\n")));
    for (const act of [begin, end, begin]) {
      expect(await settle(merged, true, act)).toEqual(await settle(single, false, act));
      expect(await stored(merged)).toEqual(await stored(single));
    }
  },
);

it("commands that are created or ended at once share statements", async () => {
  const runIds = await times(34, () => createRun(service, { session: { sessionId: uniqueName("many") } }));
  const ids: string[] = [];
  const created = await recordStatements(async () => {
    const all = await Promise.all(
      runIds.map((runId) => create(caller, { runId, type: "TURN", payload: {} })),
    );
    ids.push(...all.map(({ command }) => command.id));
  });
  // Two go out at once, each by itself, with 11 statements at most; of the rest, each has two of its own.
  expect(created.length).toBeLessThan(2 * 11 + 10 + 2 * 32);
  const result = { terminalStatus: "COMPLETED" as const };
  const ended = await recordStatements(() =>
    Promise.all(ids.map((commandId) => finish(caller, { commandId, result, leaseToken: null }))),
  );
  expect(ended.length).toBeLessThan(2 * 12 + 10 + 2 * 32);
  const { rows } = await node.pool.query<{ versions: number }>(
    "SELECT count(DISTINCT change_version)::int AS versions FROM session WHERE id IN (SELECT session_id FROM run WHERE id = ANY($1))",
    [runIds],
  );
  expect(rows[0]?.versions).toBe(3);
});

it("one whose run is locked holds up no other", async () => {
  const [locked, ...others] = await times(40, () =>
    createRun(service, { session: { sessionId: uniqueName("locked") } }),
  );
  const lock = await lockRun(service.databaseUrl, locked ?? "");
  const held = create(caller, { runId: locked ?? "", type: "TURN", payload: {} });
  const free = others.map((runId) => create(caller, { runId, type: "TURN", payload: {} }));
  expect((await Promise.all(free)).length).toBe(39);
  await lock.release();
  expect((await held).command.runId).toBe(locked);
});
