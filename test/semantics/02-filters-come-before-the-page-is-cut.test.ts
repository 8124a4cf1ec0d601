import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mark } from "../support/attention.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  append,
  cancelCommand,
  claim,
  createCommand,
  createRun,
  createSession,
  finishRun,
  registerRunner,
} from "../support/work.js";

let service: TestService;
const ids: Record<string, string> = {};
const later = "2999-01-01T00:00:00Z";

/** Makes seven of everything; what the filters tell apart changes from row to row, and begins and ends with the same. */
beforeAll(async () => {
  service = await startService();
  ids["runner"] = await registerRunner(service);
  for (let index = 0; index < 7; index += 1) {
    const odd = index % 2 === 1;
    const session = { metadata: { title: odd ? "Fix the Build" : "Write the tests" } };
    const backendProfile = odd ? "codex" : "gemini";
    const { sessionId, runId } = await createSession(service, session, { projectId: "list", backendProfile });
    if (odd) await claim(service, runId, { runnerId: ids["runner"] });
    else await mark(service, "markSessionRead", sessionId, { readerId: "reader" });
    if (odd) await mark(service, "archiveSession", sessionId, { readerId: "archivist" });
    else await mark(service, "snoozeSession", sessionId, { readerId: "sleeper", until: later });
  }
  const { sessionId, runId } = await createSession(service);
  Object.assign(ids, { session: sessionId, log: runId });
  for (let index = 0; index < 3; index += 1) {
    await append(service, runId, ["odd"]);
    await createCommand(service, runId);
  }
  const { sessionId: worked, runId: commanded } = await createSession(service);
  Object.assign(ids, { worked, commanded });
  for (let index = 0; index < 7; index += 1) {
    const id = await createCommand(service, commanded);
    if (index % 2 === 1) await cancelCommand(service, id);
    if (index === 0) continue;
    const run = await createRun(service, { session: { sessionId: worked } });
    if (index % 2 === 1) await finishRun(service, run);
  }
});
afterAll(() => service.close());

const sessions = (filter: string, reader = "nobody") =>
  `sessions(orderBy: CREATED, readerId: "${reader}", filter: { projectId: "list", ${filter} }, %)`;
const runs = (filter: string) => `runs(filter: { projectId: "list", ${filter} }, %)`;
const log = (field: string) => `run(id: "$log") { ${field} }`;
const ofSession = (field: string) => `session(by: { sessionId: "$session" }) { ${field} }`;
const commands = (states: string) => `run(id: "$commanded") { commands(${states}%) }`;
const runsOfSession = (filter: string) => `session(by: { sessionId: "$worked" }) { runs(${filter}%) }`;

const allSessions = sessions("state: ALL");
const allRuns = runs("");
const allEvents = log("events(%)");

/** Every filter: the list with it, the list without it, and which rows of that one it takes: the odd ones or the even. */
const cases: [list: string, whole: string, takes: "odd" | "even"][] = [
  [sessions("state: RUNNING"), allSessions, "odd"],
  [sessions("state: IDLE"), allSessions, "even"],
  [sessions("state: UNREAD"), allSessions, "even"],
  [sessions("state: DEFAULT", "reader"), allSessions, "odd"],
  [sessions("state: READ", "reader"), allSessions, "even"],
  [sessions("state: ALL, reasons: [WORKING]"), allSessions, "odd"],
  [sessions('state: ALL, backendProfile: "codex"'), allSessions, "odd"],
  [sessions('state: ALL, search: "build FIX"'), allSessions, "odd"],
  [sessions("state: ALL, archived: true", "archivist"), allSessions, "odd"],
  [sessions("state: ALL", "archivist"), allSessions, "even"],
  [sessions("state: ALL, snoozed: true", "sleeper"), allSessions, "even"],
  [sessions("state: ALL", "sleeper"), allSessions, "odd"],
  [runs('backendProfile: "codex"'), allRuns, "odd"],
  [runs("statuses: [CLAIMED, COMPLETED]"), allRuns, "odd"],
  [runs("statuses: [PENDING]"), allRuns, "even"],
  [runs('runnerId: "$runner"'), allRuns, "odd"],
  [runsOfSession("filter: { statuses: [COMPLETED] }, "), runsOfSession(""), "odd"],
  [commands("states: [CANCELLED], "), commands(""), "odd"],
  [commands("states: [PENDING, ACKNOWLEDGED], "), commands(""), "even"],
  [log("events(types: [ASSISTANT_MESSAGE, DIFF], %)"), allEvents, "odd"],
  [log("events(types: [BACKEND_STATUS], %)"), allEvents, "even"],
  [log("output(%)"), allEvents, "odd"],
  [ofSession("output(%)"), allEvents, "odd"],
  [ofSession("trace(types: [BACKEND_STATUS], %)"), allEvents, "even"],
  [ofSession("timeline(types: [ASSISTANT_MESSAGE], %)"), allEvents, "odd"],
];

interface Page {
  totalCount: number;
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

async function read(list: string, args: string): Promise<Page> {
  const fields = `{ totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const text = list.replaceAll(/\$(\w+)/g, (_, name: string) => ids[name] ?? "");
  let page = await service.ask(`{ ${text.replace(/%\)/, `${args}) ${fields}`)} }`);
  while (!("pageInfo" in page)) page = Object.values(page)[0];
  return page as Page;
}

const rowsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

describe("a page is as full as there are rows that the filter takes, and hasNextPage is the truth:", () => {
  it.each(cases)("%s", async (list, whole, takes) => {
    const all = rowsOf(await read(whole, "first: 100"));
    expect(all).toHaveLength(7);
    const wanted = all.filter((_, index) => (index % 2 === 1) === (takes === "odd"));
    const count = wanted.length;

    const exact = await read(list, `first: ${count}`);
    expect(rowsOf(exact)).toEqual(wanted);
    expect(exact.totalCount).toBe(count);
    expect(exact.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const short = await read(list, `first: ${count - 1}`);
    expect(rowsOf(short)).toEqual(wanted.slice(0, -1));
    expect(short.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await read(list, `first: 1, after: "${short.pageInfo.endCursor}"`);
    expect(rowsOf(rest)).toEqual(wanted.slice(-1));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const past = await read(list, `first: 1, after: "${rest.pageInfo.endCursor}"`);
    expect(rowsOf(past)).toEqual([]);
    expect(past.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    expect((await read(list, `last: ${count}`)).pageInfo.hasPreviousPage).toBe(false);
    const end = await read(list, `last: ${count - 1}`);
    expect(rowsOf(end)).toEqual(wanted.slice(1));
    expect(end.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const start = await read(list, `last: 1, before: "${end.pageInfo.startCursor}"`);
    expect(rowsOf(start)).toEqual(wanted.slice(0, 1));
    expect(start.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });
});

it("instants narrow what follows and what went before", async () => {
  const creationOfListedRuns = graphql(`
    query CreationOfListedRuns {
      runs(filter: { projectId: "list" }, orderBy: OLDEST) { nodes { id createdAt } }
    }
  `);
  const created = await service.ask(creationOfListedRuns);
  const [, second, , fourth, , sixth] = created.runs.nodes;
  const range = `createdAfter: "${second?.createdAt}", createdBefore: "${sixth?.createdAt}"`;
  const page = await read(runs(range), "first: 3");
  expect(rowsOf(page)[1]).toBe(fourth?.id);
  expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
  const updatesOfListedSessions = graphql(`
    query UpdatesOfListedSessions {
      sessions(filter: { state: ALL, projectId: "list" }, orderBy: LAST_ACTIVITY) { nodes { id updatedAt } }
    }
  `);
  const { sessions: updated } = await service.ask(updatesOfListedSessions);
  const after = await read(
    sessions(`state: ALL, updatedAfter: "${updated.nodes[2]?.updatedAt}"`),
    "first: 2",
  );
  expect(after).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: false } });
  expect(rowsOf(after)).toEqual([updated.nodes[0]?.id, updated.nodes[1]?.id]);
});
