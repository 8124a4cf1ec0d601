import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UpdateQueueTaskAttemptInput } from "../generated/documents/graphql.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import {
  type Call,
  type TestService,
  answered,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { claimTask, createTask, readTask } from "../support/queue.js";
import { openNode } from "../support/node.js";
import { openRequest } from "../support/requests.js";
import { indexAll } from "../support/indexing.js";
import {
  append,
  appendEvents,
  claim,
  createCommand,
  createRun,
  readEvents,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let acme: Call;
let globex: Call;
const ids: Record<string, string> = {};

beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  acme = callerOf(service.url, await tokenFor("acme"));
  globex = callerOf(service.url, await tokenFor("globex"));
  const asks = asking(acme);
  ids["sessionId"] = uniqueName("session");
  ids["run"] = await createRun(asks, { session: { sessionId: ids["sessionId"] } });
  ids["command"] = await createCommand(asks, ids["run"]);
  Object.assign(ids, await claim(asks, ids["run"]));
  const sessionAndEventsOfRun = graphql(`
    query SessionAndEventsOfRun($id: ID!) { run(id: $id) { session { id } events { nodes { id } } } }
  `);
  const data = await asks.ask(sessionAndEventsOfRun, { id: ids["run"] });
  ids["session"] = found(data.run?.session).id;
  ids["job"] = (await asks.ask(fill(saveJob, ids).replace("replayed", "job { id }"))).saveRunnerJob.job.id;
  ids["event"] = found(data.run?.events.nodes[0]).id;
  ids["request"] = await openRequest(asks, ids["run"], {}, ids["leaseToken"]);
  ids["task"] = (await createTask(asks)).id;
  const claimed = await claimTask(asks, { queue: "q", runnerId: ids["runnerId"] ?? "" });
  ids["attempt"] = claimed.attempt.id;
  ids["attemptToken"] = claimed.leaseToken;
});
afterAll(() => service.close());

const missing = {
  session: `ses_${"0".repeat(32)}`,
  run: `run_${"0".repeat(32)}`,
  command: `cmd_${"0".repeat(32)}`,
  task: `qt_${"0".repeat(32)}`,
  attempt: `att_${"0".repeat(32)}`,
  job: `job_${"0".repeat(32)}`,
  request: `inp_${"0".repeat(32)}`,
};

const saveJob = `mutation { saveRunnerJob(input: { runId: "%run", commandId: "%command", payloadHash: "h", attemptId: "a", runnerId: "r", namespace: "n", jobName: "j", managerUrl: "u", image: "i", sourceCommit: "c", result: 1 }) { replayed } }`;

/** Every operation that takes an id, as a document with placeholders. */
const operations = [
  `query { node(id: "%session") { id } }`,
  `query { node(id: "%run") { id } }`,
  `query { node(id: "%command") { id } }`,
  `query { node(id: "%event") { id } }`,
  `query { node(id: "%runnerId") { id } }`,
  `query { node(id: "%job") { id } }`,
  `query { nodes(ids: ["%session", "%run", "%command", "%event", "%runnerId"]) { id } }`,
  `query { session(by: { id: "%session" }) { id } }`,
  `query { session(by: { sessionId: "%sessionId" }) { id } }`,
  `query { run(id: "%run") { id } }`,
  `query { command(id: "%command") { id } }`,
  `query { runner(id: "%runnerId") { id runs { totalCount } } }`,
  `query { runners { totalCount nodes { id } } }`,
  `query { runs(filter: { session: { id: "%session" } }) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } } }`,
  `query { runs(filter: { session: { sessionId: "%sessionId" } }) { totalCount nodes { id } } }`,
  `query { runs(filter: { runnerId: "%runnerId" }) { totalCount nodes { id } } }`,
  `query { sessions(filter: { state: ALL, search: "%session" }) { totalCount nodes { id } } }`,
  `query { inboxCounts(filter: { projectId: "p" }) { total archived snoozed needsInput } }`,
  `query { sessions { totalCount nodes { id } } runs { totalCount nodes { id } } backends { profile } }`,
  `mutation { createCommand(input: { runId: "%run", type: TURN, payload: {} }) { command { id } } }`,
  `mutation { claimRun(input: { runId: "%run", runnerId: "%runnerId" }) { leaseToken } }`,
  `mutation { claimNextRun(input: { runnerId: "%runnerId", backendProfiles: ["codex"] }) { leaseToken } }`,
  `mutation { heartbeatRun(input: { runId: "%run", runnerId: "%runnerId", leaseToken: "%leaseToken" }) { cancelRequested } }`,
  `mutation { acknowledgeCommand(input: { commandId: "%command", leaseToken: "%leaseToken" }) { command { id } } }`,
  `mutation { finishCommand(input: { commandId: "%command", leaseToken: "%leaseToken", result: { terminalStatus: COMPLETED } }) { command { id } } }`,
  `mutation { appendEvents(input: { runId: "%run", leaseToken: "%leaseToken", events: [{ type: DIFF, payload: { diff: "" } }] }) { lastSeq } }`,
  `mutation { sendDelta(input: { runId: "%run", leaseToken: "%leaseToken", streamId: "s", type: TOOL_CALL, offset: 0, text: "x" }) { length } }`,
  `mutation { finishRun(input: { runId: "%run", leaseToken: "%leaseToken", result: { terminalStatus: COMPLETED } }) { run { id } } }`,
  saveJob,
  `query { node(id: "%request") { id } inputRequest(id: "%request") { id } }`,
  `query { inputRequests(filter: { runId: "%run" }) { totalCount nodes { id } } }`,
  `query { inputRequests(filter: { session: { id: "%session" } }) { totalCount } }`,
  `query { search(query: "Mend", filter: { session: { id: "%session" } }) { nodes { field } pageInfo { hasNextPage } } }`,
  `query { search(query: "Mend", filter: { session: { sessionId: "%sessionId" } }) { nodes { field } } }`,
  `mutation { answerInputRequest(input: { id: "%request", decision: DENIED }) { inputRequest { id } } }`,
  `mutation { closeInputRequest(input: { id: "%request", leaseToken: "%leaseToken" }) { inputRequest { id } } }`,
  `mutation { releaseRun(input: { runId: "%run", leaseToken: "%leaseToken" }) { run { id } } }`,
  `mutation { cancelRun(input: { runId: "%run" }) { run { id } } }`,
  `mutation { cancelCommand(input: { commandId: "%command" }) { command { id } } }`,
  `mutation { cancelSession(input: { session: { id: "%session" } }) { cancelledRuns session { id } } }`,
  `mutation { cancelSession(input: { session: { sessionId: "%sessionId" } }) { cancelledRuns } }`,
  `mutation { createRun(input: { projectId: "p", backendProfile: "b", session: { sessionId: "below", parent: { id: "%session" } } }) { run { id } } }`,
  `mutation { createRun(input: { projectId: "p", backendProfile: "b", session: { sessionId: "below", parent: { sessionId: "%sessionId" } } }) { run { id } } }`,
  `query { sessions(filter: { state: ALL, under: { id: "%session" } }) { totalCount nodes { id } } }`,
  `query { sessions(filter: { state: ALL, under: { sessionId: "%sessionId" } }) { totalCount } inboxCounts(filter: { under: { id: "%session" } }) { total } }`,
  `query { inputRequests(filter: { session: { sessionId: "%sessionId" }, tree: false }) { totalCount } }`,
  `mutation { updateSession(input: { session: { id: "%session" }, title: "t" }) { session { id } counts { total } } }`,
  `mutation { updateSession(input: { session: { sessionId: "%sessionId" }, addLabels: ["l"], ifVersion: 1 }) { session { id } } }`,
  `query { sessionLabels(projectId: "p") }`,
  `query { sessionProjects }`,
  `query { inboxTabs(filters: [{ under: { id: "%session" } }, { state: ALL }]) { total } }`,
  `mutation { updateSessions(input: { target: { ids: ["%session"] }, action: { archive: true } }) { results { outcome session { id } error { code } } } }`,
  `mutation { updateSessions(input: { target: { ids: ["%session"] }, action: { delete: true } }) { results { outcome error { code } } } }`,
  `mutation { deleteSession(input: { session: { id: "%session" }, cancelRunning: true }) { deletedId } }`,
  `mutation { deleteSession(input: { session: { sessionId: "%sessionId" }, ifVersion: 1 }) { deletedId } }`,
  `mutation { markSessionRead(input: { session: { id: "%session" } }) { session { id } counts { total } } }`,
  `mutation { markSessionRead(input: { session: { sessionId: "%sessionId" } }) { session { id } } }`,
  `mutation { markSessionUnread(input: { session: { id: "%session" } }) { session { id } } }`,
  `mutation { archiveSession(input: { session: { id: "%session" } }) { session { id } } }`,
  `mutation { snoozeSession(input: { session: { id: "%session" }, until: "2999-01-01T00:00:00Z" }) { session { id } } }`,
  `mutation { pinSession(input: { session: { id: "%session" } }) { session { id } } }`,
  `mutation { markSessionsRead(input: { filter: { state: ALL } }) { changed counts { total } } }`,
  `query { nodes(ids: ["%task", "%attempt"]) { id } }`,
  `query { queueTask(id: "%task") { id } }`,
  `query { queueTasks { totalCount nodes { id } } queueStats(queue: "q") { total } queueCommander { items { id } } }`,
  `mutation { claimQueueTask(input: { queue: "q", runnerId: "%runnerId" }) { leaseToken } }`,
  `mutation { heartbeatQueueTask(input: { attemptId: "%attempt", leaseToken: "%attemptToken" }) { attempt { id } } }`,
  `mutation { updateQueueTaskAttempt(input: { taskId: "%task", state: COMPLETED, leaseToken: "%attemptToken" }) { task { id } } }`,
  `mutation { releaseQueueTask(input: { attemptId: "%attempt", leaseToken: "%attemptToken" }) { task { id } } }`,
  `mutation { cancelQueueTask(input: { taskId: "%task" }) { task { id } } }`,
  `mutation { markQueueTaskRead(input: { taskId: "%task" }) { task { id } } }`,
];

function fill(operation: string, values: Record<string, string>): string {
  return operation.replace(/%(\w+)/g, (_, name: string) => values[name] ?? "");
}

/** An answer without the ids that the caller itself sent. */
function stripped(answer: unknown, values: Record<string, string>): string {
  let text = JSON.stringify(answer);
  for (const value of Object.values(values)) text = text.replaceAll(value, "?");
  return text;
}

describe("another tenant's id answers exactly as a missing one:", () => {
  const nobodys = {
    ...missing,
    event: `evt_${"0".repeat(40)}`,
    runnerId: "rnr_none",
    sessionId: "none",
    leaseToken: "lease_x",
    attemptToken: "lease_x",
  };

  it.each(operations)("%s", async (operation) => {
    const foreign = await globex(fill(operation, ids));
    const absent = await globex(fill(operation, nobodys));
    expect(stripped(foreign, ids)).toBe(stripped(absent, nobodys));
  });

  it.each([
    `subscription { runEvents(runId: "%run") { cursor } }`,
    `subscription { runCommands(runId: "%run") { cursor } }`,
    `subscription { sessionEvents(session: { id: "%session" }) { cursor } }`,
    `subscription { sessionEvents(session: { sessionId: "%sessionId" }) { cursor } }`,
  ])("%s", async (operation) => {
    const client = service.connect({ authorization: `Bearer ${await tokenFor("globex")}` });
    const refusal = async (values: Record<string, string>) =>
      stripped(
        await client
          .iterate({ query: fill(operation, values) })
          .next()
          .catch((error: unknown) => error),
        values,
      );
    expect(await refusal(ids)).toBe(await refusal(nobodys));
    expect(await refusal(ids)).toContain("NOT_FOUND");
  });

  it("and nothing of it has changed", async () => {
    const standOfRun = graphql(`
      query StandOfRun($id: ID!) { run(id: $id) { status lastEventSeq commands { nodes { state } } } }
    `);
    const data = await answered(
      acme(standOfRun, {
        id: ids["run"] ?? "",
      }),
    );
    expect(data.run).toEqual({
      status: "CLAIMED",
      lastEventSeq: 4,
      commands: { nodes: [{ state: "PENDING" }] },
    });
    const task = await readTask(asking(acme), ids["task"] ?? "");
    expect(task).toMatchObject({ state: "RUNNING", latestAttempt: { id: ids["attempt"], state: "RUNNING" } });
  });
});

it("every operation with an id is tried here", async () => {
  const operationsOfSchema = graphql(`
    query OperationsOfSchema {
      __schema { queryType { fields { name args { name } } } mutationType { fields { name } } }
    }
  `);
  const data = await answered(acme(operationsOfSchema));
  const named = [
    ...found(data.__schema.queryType.fields).filter((field) => field.args.length > 0),
    ...found(data.__schema.mutationType?.fields),
  ].map((field) => field.name);
  const withoutIds = new Set(["createRun", "registerRunner", "createQueueTask"]);
  for (const name of named) {
    if (!withoutIds.has(name)) expect(operations.join(" ")).toMatch(new RegExp(` ${name}\\b`));
  }
});

it("a tenant's texts are found by nobody else, whatever is indexed", async () => {
  const told = graphql(`
    query SearchOfTenant { search(query: "thylacine") { nodes { session { tenantId } } } }
  `);
  for (const [tenantId, call] of [
    ["acme", acme],
    ["globex", globex],
  ] as const) {
    const runId = await createRun(asking(call), { session: { sessionId: "thylacines" } });
    await append(asking(call), runId, ["a thylacine"]);
    const node = openNode(service, tenantId);
    await indexAll(node);
    await node.pool.end();
  }
  for (const [tenantId, call] of [
    ["acme", acme],
    ["globex", globex],
  ] as const) {
    expect((await answered(call(told))).search.nodes).toEqual([{ session: { tenantId } }]);
  }
});

it("the links of another tenant cannot be put into an attempt", async () => {
  const asks = asking(globex);
  const { id: taskId } = await createTask(asks);
  const links: Partial<UpdateQueueTaskAttemptInput>[] = [
    { runId: ids["run"] },
    { commandId: ids["command"] },
    { session: { id: ids["session"] ?? "" } },
    { attemptId: ids["attempt"] },
  ];
  for (const link of links) {
    const updateTaskId = graphql(`
      mutation UpdateTaskId($input: UpdateQueueTaskAttemptInput!) {
        updateQueueTaskAttempt(input: $input) { task { id } }
      }
    `);
    const { errors } = await globex(updateTaskId, { input: { taskId, state: "RUNNING", ...link } });
    expect(errors?.[0]?.extensions["code"]).toBe("NOT_FOUND");
  }
});

it("two tenants may use the same session name, runner id and key, and never meet", async () => {
  const sessionId = uniqueName("shared");
  const input = { projectId: "p", backendProfile: "codex", session: { sessionId }, idempotencyKey: "same" };
  const create = graphql(`
    mutation CreateRunInSession($input: CreateRunInput!) {
      createRun(input: $input) { replayed run { id session { id } } }
    }
  `);
  const [a, b] = [await answered(acme(create, { input })), await answered(globex(create, { input }))];
  expect(b.createRun.replayed).toBe(false);
  expect(found(b.createRun.run.session).id).not.toBe(found(a.createRun.run.session).id);
});

it("what one tenant sends to another's run changes nothing of what the run's next output loses", async () => {
  const asks = asking(acme);
  const runId = await createRun(asks);
  const { leaseToken } = await claim(asks, runId);
  const output = (text: string) => [{ type: "COMMAND_OUTPUT" as const, payload: { text } }];
  await appendEvents(asks, { runId, leaseToken, events: output("export DB_PASSWORD=") });
  const foreign = appendEvents(asking(globex), { runId, leaseToken, events: output("all is well\n") });
  await expect(foreign).rejects.toThrow();
  await appendEvents(asks, { runId, leaseToken, events: output("hunter2Xq9zKw71\n") });
  expect((await readEvents(asks, runId)).at(-1)?.payload.text).toBe("[REDACTED]\n");
});

describe("without the scope", () => {
  const codeOf = async (scopes: ("reader" | "runner" | "operator")[], query: string) =>
    (await callerOf(service.url, await tokenFor("acme", scopes))(query)).errors?.[0]?.extensions["code"];

  it("reader nothing can be read but viewer and health", async () => {
    for (const query of [
      `{ sessions { totalCount } }`,
      `{ node(id: "${missing.run}") { id } }`,
      `{ backends { profile } }`,
    ]) {
      expect(await codeOf(["runner"], query)).toBe("FORBIDDEN");
      expect(await codeOf(["reader"], query)).toBeUndefined();
    }
    expect(await codeOf([], `{ viewer { scopes } health { ready } }`)).toBeUndefined();
  });

  it("reader nothing can be followed", async () => {
    const client = service.connect({ authorization: `Bearer ${await tokenFor("acme", ["runner"])}` });
    const query = `subscription { runEvents(runId: "${ids["run"]}") { cursor } }`;
    const refused = await client
      .iterate({ query })
      .next()
      .then(
        ({ value }) => value?.errors,
        (error: unknown) => error,
      );
    expect(refused).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
  });

  it("reader a runner may follow the commands of a run, and without either nobody may", async () => {
    const query = `subscription { runCommands(runId: "${ids["run"]}") { caughtUp } }`;
    const first = async (scopes: ("reader" | "runner")[]) => {
      const client = service.connect({ authorization: `Bearer ${await tokenFor("acme", scopes)}` });
      const answer = client.iterate({ query }).next();
      return answer.then(
        ({ value }) => value?.data ?? value?.errors,
        (error: unknown) => error,
      );
    };
    expect(await first(["runner"])).toEqual({ runCommands: { caughtUp: true } });
    expect(await first(["reader"])).toEqual({ runCommands: { caughtUp: true } });
    expect(await first([])).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
  });

  it("runner no runner's mutation is allowed", async () => {
    const mutations = operations.filter((operation) =>
      /claimRun|claimNextRun|heartbeatRun|acknowledgeCommand|finishCommand|appendEvents|finishRun|saveRunnerJob/.test(
        operation,
      ),
    );
    expect(mutations).toHaveLength(8);
    for (const mutation of mutations) expect(await codeOf(["reader"], fill(mutation, ids))).toBe("FORBIDDEN");
    expect(await codeOf(["reader"], `mutation { registerRunner(input: {}) { runner { id } } }`)).toBe(
      "FORBIDDEN",
    );
  });

  it("any at all nothing can be asked for", async () => {
    expect(
      await codeOf([], `mutation { createRun(input: { projectId: "p", backendProfile: "b" }) { replayed } }`),
    ).toBe("FORBIDDEN");
    expect(
      await codeOf([], `mutation { cancelRun(input: { runId: "${missing.run}" }) { run { id } } }`),
    ).toBe("FORBIDDEN");
  });
});

it("without a valid token nothing is answered: 401 over HTTP, close 4401 over WebSocket", async () => {
  for (const authorization of [undefined, "Bearer nonsense"]) {
    const response = await fetch(service.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ query: "{ viewer { tenantId } }" }),
    });
    expect(response.status).toBe(401);
    expect((await response.json()).errors[0].extensions.code).toBe("UNAUTHENTICATED");
  }
  const client = service.connect({ authorization: "Bearer nonsense" });
  await expect(client.iterate({ query: "{ viewer { tenantId } }" }).next()).rejects.toMatchObject({
    code: 4401,
  });
});

it("a WebSocket reads with the token of its connection_init", async () => {
  const client = service.connect({ authorization: `Bearer ${await tokenFor("acme", ["reader"], "grace")}` });
  const { value } = await client.iterate({ query: "{ viewer { tenantId readerId scopes } }" }).next();
  expect(value?.data).toEqual({ viewer: { tenantId: "acme", readerId: "grace", scopes: ["reader"] } });
});
