import { Command } from "commander";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { seedService } from "../../src/cli/seed.js";
import { addAdvice } from "../../src/cli/seed/advice.js";
import { type SeedFlags, addSeedOptions, readSeedOptions } from "../../src/cli/seed/options.js";
import { extentOf } from "../../src/cli/seed/story.js";
import { createTally } from "../../src/cli/seed/tally.js";
import { writeStory } from "../../src/cli/seed/write-story.js";
import { createTransport } from "../../src/client/transport.js";
import { toldTypes } from "../../src/cli/seed/story.js";
import { runStatuses } from "../../src/domain/run.js";
import { createRunDocument } from "../../src/cli/seed/documents.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
afterEach(() => vi.unstubAllEnvs());

/** The flags of a command line, as the parsers give them. */
const flagsOf = (...args: string[]) =>
  addSeedOptions(new Command()).parse(args, { from: "user" }).opts<SeedFlags>();

const optionsFor = (flags: Partial<SeedFlags>) =>
  readSeedOptions({ ...flagsOf("--url", service.url), ...flags }, {});

/** How much there is in all, as the graph says. */
async function readCounts() {
  const seededCounts = graphql(`
    query SeededCounts {
      sessions { totalCount }
      runs(first: 100) { totalCount nodes { lastEventSeq commands(first: 0) { totalCount } } }
    }
  `);
  const data = await service.ask(seededCounts);
  const runs = data.runs.nodes;
  return {
    sessions: data.sessions.totalCount,
    runs: data.runs.totalCount,
    commands: runs.reduce((sum, run) => sum + run.commands.totalCount, 0),
    events: runs.reduce((sum, run) => sum + run.lastEventSeq, 0),
  };
}

it("24 sessions hold every type of event and every state, and a second time changes nothing", async () => {
  const first = await seedService(optionsFor({ sessions: 24, seed: 7 }));
  const seededSessions = graphql(`
    query SeededSessions {
      sessions(first: 24) { nodes { executionState terminalStatus timeline(first: 100) { nodes { type } } } }
      runs(first: 100) { nodes { status session { id } } }
    }
  `);
  const data = await service.ask(seededSessions);
  const sessions = data.sessions.nodes;
  const counts = await readCounts();

  expect(new Set(sessions.flatMap((session) => session.timeline.nodes.map((event) => event.type)))).toEqual(
    new Set([...toldTypes, "BACKEND_STATUS", "TERMINAL_STATUS"]),
  );
  expect(new Set(data.runs.nodes.map((run) => run.status))).toEqual(new Set(runStatuses));
  expect(data.runs.nodes.filter((run) => run.session === null)).toHaveLength(2);
  expect(new Set(sessions.map((session) => session.executionState))).toEqual(
    new Set(["IDLE", "RUNNING", "TERMINAL"]),
  );
  expect(new Set(sessions.map((session) => session.terminalStatus))).toEqual(
    new Set([null, "COMPLETED", "FAILED", "BLOCKED", "CANCELLED"]),
  );
  expect(counts.sessions).toBe(24);
  expect(Object.fromEntries(Object.entries(first).map(([noun, { made }]) => [noun, made]))).toEqual(counts);

  const second = await seedService(optionsFor({ sessions: 24, seed: 7 }));
  expect(await readCounts()).toEqual(counts);
  expect(Object.values(second).map(({ made }) => made)).toEqual([0, 0, 0, 0]);
});

it("a story that was broken off is told to its end", async () => {
  const story = writeStory(8, 0);
  const client = createTransport({ url: service.url });
  for (const run of story.runs) await client.request(createRunDocument, { input: run.create });

  const tally = await seedService(optionsFor({ sessions: 1, seed: 8 }));
  const asked = story.runs.reduce((sum, run) => sum + extentOf(run).commands, 0);
  expect(tally.commands).toEqual({ made: asked, found: 0 });
  expect(tally.sessions).toEqual({ made: 0, found: 1 });
});

it("a story depends on its seed and number alone", () => {
  expect(writeStory(1, 40)).toEqual(writeStory(1, 40));
  expect(writeStory(1, 40)).not.toEqual(writeStory(2, 40));
});

it("every story of a dozen seeds fits into batches that the service takes", () => {
  for (let number = 0; number < 12 * 12; number += 1) {
    const { name, runs } = writeStory(number % 12, number);
    expect(name).toMatch(/^seed-\d+-\d{4}-[a-z-]+$/);
    for (const step of runs.flatMap((run) => run.steps)) {
      if (step.kind === "append") expect(step.events.length).toBeLessThanOrEqual(500);
    }
  }
});

it("a run of a story that is completed has done what it planned", () => {
  const plans = Array.from({ length: 200 }, (_, number) => writeStory(3, number))
    .flatMap(({ runs }) => runs)
    .filter(({ steps }) =>
      steps.some((step) => step.kind === "finish-run" && step.result.terminalStatus === "COMPLETED"),
    )
    .map(({ steps }) => steps.flatMap((step) => (step.kind === "append" ? step.events : [])))
    .map(
      (events) =>
        events.findLast(({ type }) => type === "PLAN")?.payload as { entries: { status: string }[] },
    );
  expect(plans.length).toBeGreaterThan(50);
  for (const { entries } of plans)
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set(["completed"]));
});

it.each(["0", "100001", "1.5", "many", "-3", ""])("--sessions %j is refused", (sessions) => {
  expect(() => flagsOf("--sessions", sessions)).toThrow(
    `--sessions must be a whole number from 1 to 100000, not ${JSON.stringify(sessions)}`,
  );
});

it("a service that is not there is told with how to start one", async () => {
  const options = { ...optionsFor({ sessions: 1 }), url: "http://127.0.0.1:1/graphql" };
  const error = await seedService(options, createTally()).catch(addAdvice);
  expect(String(error)).toMatch(/does not answer: .*agentrun-graph serve/);
});

it("the options come from the environment where the command line says nothing", () => {
  expect(readSeedOptions(flagsOf(), {})).toEqual({
    url: "http://127.0.0.1:4000/graphql",
    token: undefined,
    sessions: 20,
    seed: 1,
    concurrency: 8,
  });
  vi.stubEnv("AGENTRUN_URL", " http://there/graphql ");
  expect(readSeedOptions(flagsOf(), { AGENTRUN_TOKEN: "a-token" })).toMatchObject({
    url: "http://there/graphql",
    token: "a-token",
  });
  expect(flagsOf("--url", "https://elsewhere/graphql").url).toBe("https://elsewhere/graphql");
  vi.stubEnv("AGENTRUN_URL", " ");
  expect(flagsOf().url).toBe("http://127.0.0.1:4000/graphql");
});

it("a place that is no URL of a service is refused, and not repeated", () => {
  const refusal = /^--url, or AGENTRUN_URL, must be an http:\/\/ or https:\/\/ URL(?!.*secret)/;
  expect(() => flagsOf("--url", "user:secret@there")).toThrow(refusal);
  vi.stubEnv("AGENTRUN_URL", "ws://user:secret@there");
  expect(() => flagsOf()).toThrow(refusal);
});
