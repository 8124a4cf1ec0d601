// Every program of docs/clients.md, as it stands there.
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { type Project, blocksOf, openProject } from "../support/recipes.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, createSession, finishRun } from "../support/work.js";

const packages = [
  "ws",
  "@types",
  "graphql",
  "graphql-ws",
  "@urql",
  "@apollo",
  "relay-runtime",
  "rxjs",
  "graphql-sse",
  "graphql-request",
  "eventsource",
];
const blocks = blocksOf("docs/clients.md");
const followers = ["shipped", "urql", "apollo", "relay", "graphql-sse", "event-source"];
const patience = { timeout: 60_000, interval: 100 };

let project: Project;
let other: TestService;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  project = openProject(...packages);
  for (const [file, text] of blocks) project.write(file, text);
  const programs = [...blocks.keys()].filter(
    (file) => file.endsWith(".ts") && !["codegen.ts", "src/sessions.ts"].includes(file),
  );
  expect(project.compile(programs)).toBe("");
  database = await createTestDatabase();
  other = await startService({ databaseUrl: database.url });
});
afterAll(async () => {
  project.close();
  await other.close();
  await database.drop();
});

it("every follower prints each event once, over a restart in which something happens", async () => {
  const before = await startService({ databaseUrl: database.url });
  const port = Number(new URL(before.url).port);
  const { sessionId, runId } = await createSession(other);
  await append(other, runId, ["before"]);
  const programs = [
    ...followers.map(
      (name) => [name, project.run(process.execPath, `${name}.js`, before.url, sessionId)] as const,
    ),
    ["python", project.run("python3", "follow.py", before.url, sessionId)] as const,
  ];
  const printed = () => programs.map(([name, program]) => [name, ...program.lines()].join(" "));
  const expected = (seqs: string) => programs.map(([name]) => `${name} ${seqs}`);
  await expect.poll(printed, patience).toEqual(expected("1 2"));
  await before.close();
  await append(other, runId, ["meanwhile"]);
  const after = await startService({ databaseUrl: database.url, config: { port } });
  await append(after, runId, ["after"]);
  await expect.poll(printed, patience).toEqual(expected("1 2 3 4"));
  for (const [, program] of programs) program.stop();
  await Promise.all(programs.map(([, { ended }]) => ended));
  expect(programs.map(([name, program]) => [name, program.errors()])).toEqual(
    programs.map(([name]) => [name, ""]),
  );
  await after.close();
});

it("the others do what the page says", async () => {
  const { sessionId, runId } = await createSession(other);
  const request = project.run(process.execPath, "graphql-request.js", other.url, sessionId);
  const inbox = project.run(process.execPath, "inbox.js", other.url, "ada");
  const deltas = project.run(process.execPath, "deltas.js", other.url, runId, "m");
  expect(await request.ended).toBe(0);
  expect([request.lines(), request.errors()]).toEqual([["1"], "NOT_FOUND\n"]);
  await expect.poll(() => inbox.lines().at(-1), patience).toMatch(/^live \d+ .*session-/);
  await expect.poll(() => deltas.lines().length, patience).toBeGreaterThan(0);
  await finishRun(other, runId);
  expect(await deltas.ended).toBe(0);
  await createRun(other, { session: { sessionId } });
  inbox.stop();
  await inbox.ended;
});
