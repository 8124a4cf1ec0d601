import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import WebSocket from "ws";
import { createClient } from "../../src/client/client.js";
import { recordStatements } from "../support/statements.js";
import { ask } from "./ask.js";
import { openBenchService } from "./bench-service.js";
import { whole } from "./comparison.js";
import { openBenchDatabase } from "./database.js";
import { median, percentile } from "./median.js";
import { tenantId } from "./rows.js";
import { openServerProcess } from "./server-process.js";

/** How often something is asked and answered, and how many requests expire at the same time. */
const times = Number(process.env["BENCH_ASKED"] ?? 500);
const expiring = 200;

/** How many requests are open when their list is read. */
const open = Number(process.env["BENCH_REQUESTS"] ?? 100_000);

/** How far below its root is asked. */
const depth = 5;

/**
 * Prints how long it takes until what is asked shows at the root, until an answer is at the runner's socket and until nobody's
 * answer is, and what pages of many open requests cost.
 */
export async function benchAsked(): Promise<void> {
  const database = await openBenchDatabase();
  try {
    const service = await openServerProcess("service", database.url);
    try {
      await measureRounds(service.url);
      await measureExpiry(service.url, database.url);
    } finally {
      await service.close();
    }
    await measurePages(database.url);
  } finally {
    await database.close();
  }
}

function print(what: string, figure: string): void {
  process.stdout.write(`asked, ${what.padEnd(64)}${figure.padStart(24)}\n`);
}

function printTimes(what: string, ms: readonly number[]): void {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(ms, share).toFixed(1));
  print(what, `p50 ${p50} ms, p99 ${p99} ms`);
}

type Ask = (query: string, input: object) => Promise<{ it: Record<string, unknown> }>;

function openAsk(url: string): Ask {
  return (query, input) => ask(url, query, { input });
}

const begin = `mutation ($input: CreateRunInput!) { it: createRun(input: $input) { run { id session { id } } } }`;
const append = `mutation ($input: AppendEventsInput!) { it: appendEvents(input: $input) {
  events { ... on InputRequestEvent { inputRequest { id } } } } }`;
const answer = `mutation ($input: AnswerInputRequestInput!) { it: answerInputRequest(input: $input) { replayed } }`;

/** Begins a run in a new session, below another where one is named. */
async function beginRun(
  ask: Ask,
  sessionId: string,
  parent?: string,
): Promise<{ id: string; session: { id: string } }> {
  const session = { sessionId, ...(parent === undefined ? {} : { parent: { sessionId: parent } }) };
  const { it } = await ask(begin, { projectId: "p", backendProfile: "codex", session });
  return it["run"] as { id: string; session: { id: string } };
}

async function askPerson(ask: Ask, runId: string, more: object = {}): Promise<string> {
  const events = [{ type: "INPUT_REQUEST", payload: { kind: "approval", prompt: "?", ...more } }];
  const { it } = await ask(append, { runId, events });
  return (it["events"] as { inputRequest: { id: string } }[])[0]!.inputRequest.id;
}

/** Waits for something that comes once it is expected. */
function createArrivals(): { expect(): Promise<number>; arrive(): void } {
  let resolve: (at: number) => void = () => {};
  return {
    expect: () => new Promise((done) => (resolve = done)),
    arrive: () => resolve(performance.now()),
  };
}

/** Asks below a root, is answered, and so on; one follower sees the root, another is the runner's. */
async function measureRounds(url: string): Promise<void> {
  const ask = openAsk(url);
  const root = await beginRun(ask, "level-0");
  let run = root;
  for (let level = 1; level <= depth; level += 1)
    run = await beginRun(ask, `level-${level}`, `level-${level - 1}`);
  const client = createClient({ url, webSocket: WebSocket });
  const stop = new AbortController();
  const [atRoot, atRunner] = [createArrivals(), createArrivals()];
  const watchRoot = async () => {
    type Batch = {
      it: { cursor: string; sessions: { id: string; attention: { reason: string } }[] };
    };
    const inbox = `subscription ($after: String) { it: sessionAttentionChanged(after: $after) {
      cursor sessions { id attention { reason } } } }`;
    for await (const { it } of client.follow<Batch, { after?: string }>(inbox, {}, (data) => data.it.cursor, {
      signal: stop.signal,
    }))
      if (
        it.sessions.some(
          ({ id, attention }) => id === root.session.id && attention.reason === "NEEDS_APPROVAL",
        )
      )
        atRoot.arrive();
  };
  const watchRun = async () => {
    type Batch = { it: { cursor: string; commands: { type: string }[] } };
    const commands = `subscription ($runId: ID!, $after: String) { it: runCommands(runId: $runId, after: $after) {
      cursor commands { type } } }`;
    const variables: { runId: string; after?: string } = { runId: run.id };
    for await (const { it } of client.follow<Batch, typeof variables>(
      commands,
      variables,
      (data) => data.it.cursor,
      {
        signal: stop.signal,
      },
    ))
      if (it.commands.some(({ type }) => type === "ANSWER")) atRunner.arrive();
  };
  const watching = [watchRoot(), watchRun()];
  await delay(500);
  const shown: number[] = [];
  const told: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const seen = atRoot.expect();
    const askedAt = performance.now();
    const id = await askPerson(ask, run.id);
    shown.push((await seen) - askedAt);
    const taken = atRunner.expect();
    await ask(answer, { id, decision: "APPROVED" });
    const acknowledgedAt = performance.now();
    told.push(Math.max(0, (await taken) - acknowledgedAt));
  }
  stop.abort();
  await Promise.allSettled(watching);
  printTimes(`a request ${depth} levels down, from its sending to the root's follower`, shown);
  printTimes("an answer, from its acknowledgement to the runner's socket", told);
}

/** All expire at once; the database's clock says how late each was closed. */
async function measureExpiry(url: string, databaseUrl: string): Promise<void> {
  const ask = openAsk(url);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ at: Date }>("SELECT clock_timestamp() + interval '30 seconds' AS at");
  for (let run = 0; run < expiring / 10; run += 1) {
    const { id } = await beginRun(ask, `expiring-${run}`);
    for (let count = 0; count < 10; count += 1)
      await askPerson(ask, id, { expiresAt: rows[0]!.at.toISOString() });
  }
  const late = `SELECT (extract(epoch FROM closed_at - expires_at) * 1000)::float AS ms FROM input_request WHERE state = 'EXPIRED'`;
  let ms: number[] = [];
  while (ms.length < expiring) {
    await delay(500);
    ms = (await client.query<{ ms: number }>(late)).rows.map((row) => row.ms);
  }
  await client.end();
  printTimes(`${expiring} requests that expire at once, from then to their end`, ms);
}

/** What the statements of a page cost in Postgres, and how they go about it. */
async function measurePages(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await fill(client);
  const url = await openBenchService(databaseUrl);
  const ask = openAsk(url);
  const page = (more: string) =>
    `{ it: inputRequests(first: 50${more}) { nodes { id prompt } pageInfo { endCursor } } }`;
  const first = (await ask(page(""), {})).it["pageInfo"] as { endCursor: string };
  const pages = {
    "first page": page(""),
    "a later page": page(`, after: "${first.endCursor}"`),
    "first page of a project": page(`, filter: { projectId: "project-3" }`),
    "first page of a session and below": page(`, filter: { session: { sessionId: "asking-7" } }`),
    "first page of any state": page(", filter: { states: [OPEN, ANSWERED, EXPIRED, WITHDRAWN] }"),
  };
  for (const [what, query] of Object.entries(pages)) {
    const values: unknown[][] = [];
    const sent = await recordStatements(
      () => ask(query, {}),
      (given) => values.push(given),
    );
    const took: number[] = [];
    let scans = false;
    for (let time = 0; time < 15; time += 1) {
      let ms = 0;
      for (const [index, { text }] of sent.entries()) {
        const { rows } = await client.query<Record<"QUERY PLAN", string>>({
          text: `EXPLAIN (ANALYZE, TIMING OFF) ${text}`,
          values: values[index] ?? [],
        });
        const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
        ms += Number(/Execution Time: ([\d.]+)/.exec(plan)?.[1]);
        scans ||= /Seq Scan on input_request/.test(plan);
      }
      took.push(ms);
    }
    print(`${whole(open)} open requests, ${what}`, `${median(took).toFixed(2)} ms${scans ? ", SCAN" : ""}`);
  }
  await client.end();
}

/** A request in ten thousand sessions' runs each ten, one in ten of a project of its own. */
async function fill(client: pg.Client): Promise<void> {
  const id = (prefix: string, number: string) => `'${prefix}_' || lpad(to_hex(${number}), 32, '0')`;
  const at = "now() - i * interval '1 second'";
  const sessions = Math.ceil(open / 10);
  for (const statement of [
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, open_requests, reason, reason_since,
       last_activity_at, created_at, updated_at)
     SELECT '${tenantId}', ${id("ses", "i")}, 'asking-' || i, 'project-' || i % 7, 'codex', 1, 1, 10, 'NEEDS_APPROVAL', ${at}, ${at}, ${at}, ${at}
     FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, payload_hash, created_at, updated_at, last_event_seq)
     SELECT '${tenantId}', ${id("run", "i")}, 'project-' || i % 7, 'codex', ${id("ses", "i")}, 'PENDING', '', ${at}, ${at}, 10
     FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO input_request (tenant_id, id, run_id, session_id, project_id, event_seq, kind, prompt, requested_at, expires_at, due_at, choice_ids)
     SELECT '${tenantId}', ${id("inp", "i * 10 + n")}, ${id("run", "i")}, ${id("ses", "i")}, 'project-' || i % 7, n, 'APPROVAL', 'May I?', ${at},
       CASE WHEN n = 0 THEN now() + i * interval '1 hour' END, CASE WHEN n = 0 THEN now() + i * interval '1 hour' ELSE '9999-12-31 23:59:59.999999+00' END, '{}'
     FROM generate_series(1, ${sessions}) AS i, generate_series(0, 9) AS n`,
    `VACUUM ANALYZE`,
  ])
    await client.query(statement);
}
