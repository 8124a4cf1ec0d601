import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createCommand, createRun, finishRun, sessionOf, uniqueName } from "../support/work.js";

let service: TestService;
const by = { sessionId: uniqueName("walked") };
let runId: string;

beforeAll(async () => {
  service = await startService();
  runId = await createRun(service, { session: by });
  for (let index = 0; index < 13; index += 1) {
    await createCommand(service, runId, index % 3 === 0 ? "INTERRUPT" : "TURN");
    await append(service, runId, ["a", "b"]);
    const other = await createRun(service, {
      session: { sessionId: uniqueName("other") },
      metadata: { index },
    });
    if (index % 2 === 0) await finishRun(service, other);
    await createRun(service, { session: by });
  }
  for (let index = 0; index < 36; index += 1) await createMarked(index);
});
afterAll(() => service.close());

/** Creates a session, and marks it so that every kind of mark comes with every other, on active, unread and read ones. */
async function createMarked(index: number): Promise<void> {
  const id = await createRun(service, {
    session: { sessionId: uniqueName("marked"), metadata: { title: `Marked ${index}` } },
  });
  if (index % 3 === 0) await createCommand(service, id);
  const session = `session: { id: "${await sessionOf(service, id)}" }`;
  const marks = [
    ...(index % 2 === 0 ? [`markSessionRead(input: { ${session} })`] : []),
    ...(index % 4 < 2 ? [`pinSession(input: { ${session} })`] : []),
    ...(index % 5 === 0 ? [`archiveSession(input: { ${session} })`] : []),
    ...(index % 6 === 5 ? [`snoozeSession(input: { ${session}, until: "2126-01-01T00:00:00Z" })`] : []),
  ];
  for (const mark of marks) await service.ask(`mutation { ${mark} { session { id } } }`);
}

/** Every connection, as a selection with a place for the arguments, and the path to it. */
const lists: [name: string, selection: string, path: string[]][] = [
  ["sessions by attention", `sessions(%)`, ["sessions"]],
  ["sessions ALL by attention", `sessions(filter: { state: ALL }, %)`, ["sessions"]],
  ["sessions UNREAD by attention", `sessions(filter: { state: UNREAD }, %)`, ["sessions"]],
  ["sessions READ by attention", `sessions(filter: { state: READ }, %)`, ["sessions"]],
  [
    "sessions for some reasons",
    `sessions(filter: { state: ALL, reasons: [WORKING, FINISHED] }, %)`,
    ["sessions"],
  ],
  ["sessions found by title", `sessions(filter: { state: ALL, search: "MARK 1" }, %)`, ["sessions"]],
  ["archived sessions", `sessions(filter: { state: ALL, archived: true }, %)`, ["sessions"]],
  ["snoozed sessions", `sessions(filter: { state: ALL, snoozed: true }, %)`, ["sessions"]],
  ["sessions by activity", `sessions(filter: { state: ALL }, orderBy: LAST_ACTIVITY, %)`, ["sessions"]],
  ["sessions by creation", `sessions(orderBy: CREATED, %)`, ["sessions"]],
  ["sessions TERMINAL", `sessions(filter: { state: TERMINAL }, %)`, ["sessions"]],
  [
    "sessions IDLE by creation",
    `sessions(filter: { state: IDLE, projectId: "p", backendProfile: "codex" }, orderBy: CREATED, %)`,
    ["sessions"],
  ],
  ["runs, newest first", `runs(%)`, ["runs"]],
  ["runs, oldest first", `runs(orderBy: OLDEST, %)`, ["runs"]],
  ["runs in some states", `runs(filter: { statuses: [PENDING], projectId: "p" }, %)`, ["runs"]],
  ["runs of a session", `session(by: $by) { runs(%) }`, ["session", "runs"]],
  ["runs of a session, oldest first", `session(by: $by) { runs(orderBy: OLDEST, %) }`, ["session", "runs"]],
  ["commands", `run(id: $run) { commands(%) }`, ["run", "commands"]],
  ["commands in some states", `run(id: $run) { commands(states: [PENDING], %) }`, ["run", "commands"]],
  ["events", `run(id: $run) { events(%) }`, ["run", "events"]],
  [
    "events of two types after a seq",
    `run(id: $run) { events(types: [ASSISTANT_MESSAGE, DIFF], afterSeq: 4, %) }`,
    ["run", "events"],
  ],
  ["output", `run(id: $run) { output(%) }`, ["run", "output"]],
  ["trace", `session(by: $by) { trace(runId: $run, %) }`, ["session", "trace"]],
  ["output of a session", `session(by: $by) { output(runId: $run, %) }`, ["session", "output"]],
  ["timeline", `session(by: $by) { timeline(%) }`, ["session", "timeline"]],
  [
    "timeline of one type",
    `session(by: $by) { timeline(types: [BACKEND_STATUS], %) }`,
    ["session", "timeline"],
  ],
];

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  totalCount: number;
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

interface Place {
  first?: number;
  last?: number;
  after?: string;
  before?: string;
}

function reader(selection: string, path: string[]) {
  const fields = `{ totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const place = "first: $first, last: $last, after: $after, before: $before";
  const filled = selection.replace(/\(([^()]*)%\)/, (_, before: string) => `(${before}${place}) ${fields}`);
  const uses = [
    "$first: Int, $last: Int, $after: String, $before: String",
    selection.includes("$by") ? "$by: SessionRef!" : "",
    selection.includes("$run") ? "$run: ID!" : "",
  ].filter(Boolean);
  const document = `query (${uses.join(", ")}) { ${filled} }`;
  return async (at: Place): Promise<Page> => {
    const data = await service.ask(document, { by, run: runId, ...at });
    return path.reduce((value, key) => value[key], data) as Page;
  };
}

async function walk(read: (at: Place) => Promise<Page>, size: number, backward: boolean) {
  const pages: Page[] = [];
  for (let cursor: string | null = null; ;) {
    const place: Place = cursor === null ? {} : { [backward ? "before" : "after"]: cursor };
    const page: Page = await read({ [backward ? "last" : "first"]: size, ...place });
    pages.push(page);
    expect(pages.length).toBeLessThan(200);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    expect(backward ? hasNextPage : hasPreviousPage).toBe(pages.length > 1);
    if (!(backward ? hasPreviousPage : hasNextPage)) break;
    cursor = backward ? startCursor : endCursor;
  }
  const ids = (backward ? pages.toReversed() : pages).flatMap(({ nodes }) => nodes.map(({ id }) => id));
  return ids;
}

describe.each(lists)("a walk of %s", (_name, selection, path) => {
  const read = reader(selection, path);

  it("gives every row once, forward and backward, with pages of several sizes", async () => {
    const whole = await read({ first: 100 });
    const ids = whole.nodes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(whole.totalCount).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(5);
    expect(whole.edges.map(({ node }) => node.id)).toEqual(ids);
    expect(await walk(read, 1, false)).toEqual(ids);
    expect(await walk(read, 3, true)).toEqual(ids);
    expect(await walk(read, 7, false)).toEqual(ids);
    expect(await walk(read, 7, true)).toEqual(ids);
  });

  it("tells the truth at its ends, with pages of none, and between two cursors", async () => {
    const { edges, nodes } = await read({ first: 100 });
    const third = edges[2]?.cursor ?? "";
    const fifth = edges[4]?.cursor ?? "";
    expect(await read({ first: 0 })).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(await read({ last: 0 })).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    const between = { nodes: [nodes[3]], pageInfo: { hasNextPage: true, hasPreviousPage: true } };
    expect(await read({ first: 9, after: third, before: fifth })).toMatchObject(between);
    expect(await read({ last: 9, after: third, before: fifth })).toMatchObject(between);
  });
});

it("a walk while rows are being added gives every row that was there, once", async () => {
  const read = reader(`runs(orderBy: OLDEST, %)`, ["runs"]);
  const newest = reader(`runs(%)`, ["runs"]);
  const sessions = reader(`sessions(orderBy: CREATED, %)`, ["sessions"]);
  const events = reader(`session(by: $by) { timeline(%) }`, ["session", "timeline"]);
  const there = await Promise.all(
    [read, newest, sessions, events].map(async (each) =>
      (await each({ first: 100 })).nodes.map(({ id }) => id),
    ),
  );
  let adding = true;
  const adder = (async () => {
    while (adding) {
      await createRun(service, { session: { sessionId: uniqueName("added") } });
      await append(service, runId, ["more"]);
    }
  })();
  for (const size of [1, 2, 5]) {
    const walked = await Promise.all(
      [read, newest, sessions].map(async (each, index) => {
        const ids: string[] = [];
        let cursor: string | null = null;
        while (new Set(ids.filter((id) => there[index]?.includes(id))).size < (there[index]?.length ?? 0)) {
          const page: Page = await each({ first: size, ...(cursor === null ? {} : { after: cursor }) });
          ids.push(...page.nodes.map(({ id }) => id));
          cursor = page.pageInfo.endCursor;
          if (!page.pageInfo.hasNextPage) break;
        }
        return ids;
      }),
    );
    for (const [index, ids] of walked.entries()) {
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => there[index]?.includes(id))).toEqual(there[index]);
    }
  }
  adding = false;
  await adder;
});

it("instants keep their microseconds, and the order keys with them", async () => {
  const creationOfRuns = graphql(`query CreationOfRuns { runs(first: 100) { nodes { createdAt } } }`);
  const data = await service.ask(creationOfRuns);
  const instants = data.runs.nodes.map((node) => node.createdAt);
  expect(instants.every((at) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at))).toBe(true);
  expect(instants.some((at) => !at.endsWith("000Z"))).toBe(true);
  expect(instants).toEqual(instants.toSorted().toReversed());
});
