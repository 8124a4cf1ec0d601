import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collect, followCommands } from "../support/following/follow.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  cancelCommand,
  cancelRun,
  createCommand,
  createRun,
  finishCommand,
  finishRun,
  times,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** What one command looks like to a follower. */
const seen = ({ seq, state }: { seq: number; state: string }) => `${seq} ${state}`;

/** The seqs between which each command of a run lived, as stored. */
async function placesOf(runId: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  const text = `SELECT event_seq, end_event_seq FROM command WHERE run_id = $1 ORDER BY seq`;
  const { rows } = await client.query(text, [runId]);
  await client.end();
  return rows;
}

it("a live follower gets a command when it is created and when it ends, until the run ends", async () => {
  const runId = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const log: string[][] = [];
  const ids: string[] = [];
  const steps = [
    async () => void ids.push(await createCommand(service, runId)),
    async () => void ids.push(await createCommand(service, runId, "STEER")),
    () => finishCommand(service, ids[0] ?? "", { terminalStatus: "COMPLETED", threadId: "t" }),
    async () => void ids.push(await createCommand(service, runId, "INTERRUPT")),
    () => cancelCommand(service, ids[1] ?? ""),
    () => finishRun(service, runId, { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" }),
  ];
  for await (const { commands, caughtUp, run } of followCommands(service.connect(), { runId })) {
    expect(caughtUp).toBe(true);
    expect(commands.every((command) => command.run.id === runId)).toBe(true);
    log.push(commands.map(seen));
    if (log.length === steps.length + 1) expect(run.status).toBe("FAILED");
    await steps[log.length - 1]?.();
  }
  expect(log).toEqual([
    [],
    ["1 PENDING"],
    ["2 PENDING"],
    ["1 COMPLETED"],
    ["3 PENDING"],
    ["2 CANCELLED"],
    ["3 FAILED"],
  ]);
});

it("who comes after the end gets every command once, as it ended, in the order of the ends", async () => {
  const runId = await createRun(service);
  const ids: string[] = [];
  for (let command = 0; command < 4; command += 1) ids.push(await createCommand(service, runId));
  await append(service, runId, ["between"]);
  await finishCommand(service, ids[2] ?? "");
  await cancelRun(service, runId);
  const batches = await collect(followCommands(service.connect(), { runId }));
  expect(batches.map(({ commands }) => commands.map(seen))).toEqual([
    ["3 COMPLETED", "1 CANCELLED", "2 CANCELLED", "4 CANCELLED"],
  ]);
  expect(batches[0]).toMatchObject({ caughtUp: true, run: { status: "CANCELLED" } });
  const after = batches[0]?.cursor;
  const rest = await collect(followCommands(service.connect(), { runId, after }));
  expect(rest.map(({ commands }) => commands)).toEqual([[]]);
});

it("each command's last place is that of the event that tells its end", async () => {
  const runId = await createRun(service, { session: { sessionId: uniqueName("session") } });
  const ids = [await createCommand(service, runId), await createCommand(service, runId)];
  await finishCommand(service, ids[0] ?? "", { terminalStatus: "FAILED", threadId: "t" });
  await finishRun(service, runId, { terminalStatus: "COMPLETED", threadId: "t2" });
  const phasesOfRun = graphql(`
    query PhasesOfRun($id: ID!) {
      run(id: $id) { events { nodes { seq ... on BackendStatusEvent { phase payload } } } }
    }
  `);
  const { run } = await service.ask(phasesOfRun, { id: runId });
  const ends = found(run)
    .events.nodes.filter((event) => "phase" in event)
    .filter(({ phase }) => phase === "command-terminal");
  expect(ends.map(({ payload }) => (payload as { commandId: string }).commandId)).toEqual(ids);
  // 1 run-created, 2 and 3 command-created, 4 session-updated, 5 its end, 6 session-updated, 7 its end, 8 the run's.
  expect(ends.map(({ seq }) => seq)).toEqual([5, 7]);
  expect(await placesOf(runId)).toEqual([
    { event_seq: 2, end_event_seq: 5 },
    { event_seq: 3, end_event_seq: 7 },
  ]);
});

it("more commands than a batch holds come in several batches, none left out", async () => {
  const runId = await createRun(service);
  await times(130, () => createCommand(service, runId));
  await finishRun(service, runId);
  const batches = await collect(followCommands(service.connect(), { runId }));
  expect(batches.map(({ commands, caughtUp }) => [commands.length, caughtUp])).toEqual([
    [100, false],
    [30, true],
  ]);
  const seqs = batches.flatMap(({ commands }) => commands.map(({ seq }) => seq));
  expect(seqs).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
});

it("events that concern no command send nothing, and the run's end completes the stream", async () => {
  const runId = await createRun(service);
  const follower = followCommands(service.connect(), { runId });
  expect((await follower.next()).value).toMatchObject({ commands: [], caughtUp: true });
  await append(service, runId, ["a", "b"]);
  await finishRun(service, runId);
  expect(await collect(follower)).toEqual([]);
});

it("under concurrent writers, followers that are cut and resume see every command created and ended", async () => {
  const runId = await createRun(service);
  const cuts = 12;
  const writers = 6;
  const commandsEach = 6;
  const follow = async () => {
    const log: string[] = [];
    let after: string | null = null;
    for (let cut = 0; ; cut += 1) {
      const client = service.connect();
      let ended = true;
      for await (const { commands, cursor } of followCommands(client, { runId, after })) {
        log.push(...commands.map(seen));
        after = cursor;
        if (cut < cuts) {
          ended = false;
          client.terminate();
          break;
        }
      }
      await client.dispose();
      if (ended) return log;
    }
  };
  const write = async () => {
    for (let turn = 0; turn < commandsEach; turn += 1) {
      const id = await createCommand(service, runId);
      await append(service, runId, ["noise", "noise"]);
      await finishCommand(service, id);
    }
  };
  const following = Array.from({ length: 4 }, follow);
  await Promise.all(Array.from({ length: writers }, write));
  await createCommand(service, runId);
  await finishRun(service, runId);
  const total = writers * commandsEach + 1;
  for (const log of await Promise.all(following)) {
    for (let seq = 1; seq <= total; seq += 1) {
      const states = log.filter((entry) => entry.startsWith(`${seq} `));
      expect(states.at(-1)).toBe(`${seq} ${seq === total ? "FAILED" : "COMPLETED"}`);
      expect(new Set(states).size).toBe(states.length);
    }
  }
});

it("a cursor of another run, or of the run's events, is BAD_USER_INPUT", async () => {
  const [runId, other] = [await createRun(service), await createRun(service)];
  const first = await followCommands(service.connect(), { runId: other }).next();
  const endOfEvents = graphql(`
    query EndOfEvents($id: ID!) { run(id: $id) { events { pageInfo { endCursor } } } }
  `);
  const { run } = await service.ask(endOfEvents, { id: runId });
  for (const after of [first.value?.cursor, found(run).events.pageInfo.endCursor, "nonsense"])
    await expect(collect(followCommands(service.connect(), { runId, after }))).rejects.toThrow(
      /BAD_USER_INPUT/,
    );
});
