import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSessions, mark, readAttention, readCounts } from "../support/attention.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { createTask } from "../support/queue.js";
import { createSession, uniqueName } from "../support/work.js";

type Reader = Asks & { call: Call; token: string };

let service: TestService;
let ada: Reader;
let grace: Reader;
let operator: Reader;
let sessionId: string;
let taskId: string;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  ada = asksWith(await tokenFor("acme", ["reader"], "ada"));
  grace = asksWith(await tokenFor("acme", ["reader"], "grace"));
  operator = asksWith(await tokenFor("acme", ["operator"], "olga"));
  ({ sessionId } = await createSession(operator));
  ({ id: taskId } = await createTask(operator));
});
afterAll(() => service.close());

function asksWith(token: string): Reader {
  const call = callerOf(service.url, token);
  return { call, token, ...asking(call) };
}

const session = `session: { sessionId: "%session" }`;

/** Everything that takes a readerId: where the schema has it, and an operation with it. */
const places: [place: string, operation: string][] = [
  ["Query.sessions", `{ sessions(readerId: "%reader") { totalCount } }`],
  ["Query.inboxCounts", `{ inboxCounts(readerId: "%reader") { total } }`],
  [
    "UpdateSessionsInput",
    `mutation { updateSessions(input: { target: { ids: ["ses_00000000000000000000000000000000"] }, action: { pin: true }, readerId: "%reader" }) { matched } }`,
  ],
  ["Query.inboxTabs", `{ inboxTabs(filters: [{}], readerId: "%reader") { total } }`],
  [
    "Session.attention",
    `{ session(by: { sessionId: "%session" }) { attention(readerId: "%reader") { state } } }`,
  ],
  [
    "MarkSessionReadInput",
    `mutation { markSessionRead(input: { ${session}, readerId: "%reader" }) { counts { total } } }`,
  ],
  [
    "MarkSessionUnreadInput",
    `mutation { markSessionUnread(input: { ${session}, readerId: "%reader" }) { counts { total } } }`,
  ],
  [
    "MarkSessionsReadInput",
    `mutation { markSessionsRead(input: { readerId: "%reader" }) { counts { total } } }`,
  ],
  [
    "ArchiveSessionInput",
    `mutation { archiveSession(input: { ${session}, readerId: "%reader", archived: false }) { counts { total } } }`,
  ],
  [
    "SnoozeSessionInput",
    `mutation { snoozeSession(input: { ${session}, readerId: "%reader" }) { counts { total } } }`,
  ],
  [
    "PinSessionInput",
    `mutation { pinSession(input: { ${session}, readerId: "%reader" }) { counts { total } } }`,
  ],
  ["QueueTask.unread", `{ queueTask(id: "%task") { unread(readerId: "%reader") } }`],
  [
    "MarkQueueTaskReadInput",
    `mutation { markQueueTaskRead(input: { taskId: "%task", readerId: "%reader" }) { task { id } } }`,
  ],
  [
    "Subscription.sessionAttentionChanged",
    `subscription { sessionAttentionChanged(readerId: "%reader") { cursor } }`,
  ],
  ["Subscription.inboxCounts", `subscription { inboxCounts(readerId: "%reader") { total } }`],
];

/** The code of the refusal, if any. */
async function codeOf(asks: Reader, operation: string, readerId: string): Promise<string | undefined> {
  const query = operation
    .replaceAll("%reader", readerId)
    .replaceAll("%session", sessionId)
    .replaceAll("%task", taskId);
  if (!query.startsWith("subscription")) return (await asks.call(query)).errors?.[0]?.extensions["code"];
  const client = service.connect({ authorization: `Bearer ${asks.token}` });
  const first = client.iterate({ query }).next();
  return first.then(
    ({ value }) => value?.errors?.[0]?.extensions?.["code"] as string | undefined,
    (errors: { extensions: { code: string } }[]) => errors[0]?.extensions.code,
  );
}

describe("a viewer may name itself; another reader only with the scope operator:", () => {
  it.each(places)("%s", async (_place, operation) => {
    expect(await codeOf(ada, operation, "ada")).toBeUndefined();
    expect(await codeOf(ada, operation, "grace")).toBe("FORBIDDEN");
    expect(await codeOf(operator, operation, "grace")).toBeUndefined();
  });

  it("everything that takes a readerId is tried here", async () => {
    const placesOfReaderId = graphql(`
      query PlacesOfReaderId {
        __schema { types { name inputFields { name } fields { name args { name } } } }
      }
    `);
    const data = await operator.ask(placesOfReaderId);
    const taking = data.__schema.types.flatMap((type) => [
      ...(type.inputFields ?? []).flatMap((field) => (field.name === "readerId" ? [found(type.name)] : [])),
      ...(type.fields ?? []).flatMap((field) =>
        field.args.some((arg) => arg.name === "readerId") ? [`${type.name}.${field.name}`] : [],
      ),
    ]);
    expect(taking.toSorted()).toEqual(places.map(([place]) => place).toSorted());
  });
});

it("a viewer reads and marks for itself where nobody is named, and nobody else sees it", async () => {
  const projectId = uniqueName("project");
  const own = await createSession(operator, {}, { projectId });
  await mark(ada, "markSessionRead", own.sessionId);
  expect(await readAttention(ada, own.sessionId)).toMatchObject({ readerId: "ada", state: "READ" });
  expect(await readAttention(grace, own.sessionId)).toMatchObject({ readerId: "grace", state: "UNREAD" });
  expect(await listSessions(ada, { projectId })).toEqual([]);
  expect(await listSessions(grace, { projectId })).toEqual([own.sessionId]);
  expect(await readCounts(ada, { projectId })).toMatchObject({ unread: 0, read: 1 });
  expect(await readCounts(grace, { projectId })).toMatchObject({ unread: 1, read: 0 });
});

it("an operator reads and marks as the reader that it names, and stays itself otherwise", async () => {
  const projectId = uniqueName("project");
  const own = await createSession(operator, {}, { projectId });
  await mark(operator, "markSessionRead", own.sessionId, { readerId: "grace" });
  expect(await readAttention(grace, own.sessionId)).toMatchObject({ state: "READ" });
  expect(await readAttention(operator, own.sessionId, "grace")).toEqual(
    await readAttention(grace, own.sessionId),
  );
  expect(await readAttention(operator, own.sessionId)).toMatchObject({ readerId: "olga", state: "UNREAD" });
  expect(await listSessions(operator, { projectId }, { readerId: "grace" })).toEqual([]);
  expect(await readCounts(operator, { projectId }, "grace")).toMatchObject({ read: 1 });
});

it("a viewer without a name reads everything as unread, and marks nothing unless an operator", async () => {
  const nobody = asksWith(await tokenFor("acme", ["reader"], null));
  const attention = await readAttention(nobody, sessionId);
  expect(attention).toMatchObject({ readerId: null, state: "UNREAD", readVersion: null });
  await expect(mark(nobody, "markSessionRead", sessionId)).rejects.toThrow("BAD_USER_INPUT");
  await expect(mark(nobody, "markSessionRead", sessionId, { readerId: "ada" })).rejects.toThrow("FORBIDDEN");
});

it("marking needs the scope reader", async () => {
  const runner = asksWith(await tokenFor("acme", ["runner"], "ada"));
  for (const [, operation] of places.filter(([place]) => place.endsWith("Input"))) {
    expect(await codeOf(runner, operation, "ada")).toBe("FORBIDDEN");
  }
});
