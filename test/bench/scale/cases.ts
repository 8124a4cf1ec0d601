import { findLabels, findProjects } from "../../../src/store/session-names.js";
import type pg from "pg";
import type { Key } from "../../../src/domain/cursor.js";
import { attentionReasons } from "../../../src/domain/inbox/attention.js";
import { type ListState, listStates } from "../../../src/domain/inbox/list.js";
import { countTabs } from "../../../src/store/inbox/counts.js";
import { type SessionFilter } from "../../../src/store/inbox/list.js";
import { sessionListing } from "../../../src/store/inbox/session-listing.js";
import { type RequestFilter, requestListing } from "../../../src/store/input-request-listing.js";
import { readFacts } from "../../../src/store/listing/facts.js";
import { type Listing, skipAxisNames, wholeTenant } from "../../../src/store/listing/listing.js";
import { readParts } from "../../../src/store/listing/parts.js";
import { readCommander, readStats } from "../../../src/store/queue/stats.js";
import { type TaskFilter, taskListing } from "../../../src/store/queue/task.js";
import { type RunFilter, runListing } from "../../../src/store/run-listing.js";
import { saveSkips } from "../../../src/store/inbox/skip.js";
import { type TenantClient, createTenantClient } from "../../../src/store/statement.js";
import { tenantId } from "../rows.js";
import { at, idOf, readers } from "./fill.js";

/** What is measured: everything that it sends counts. */
export interface Case {
  name: string;
  run(client: TenantClient): Promise<unknown>;
  /** What is done before it, and not measured. */
  prepare?: () => Promise<unknown>;
}

const rows = 20;

async function page(client: TenantClient, listing: Listing, from: { after?: Key; backward?: boolean } = {}) {
  const window = { limit: rows, backward: from.backward ?? false, after: from.after ?? null, before: null };
  return readParts(client, listing, [wholeTenant], window);
}

const count = (client: TenantClient, listing: Listing) =>
  readFacts(client, listing, [wholeTenant], { count: true });

/** Every case of a tenant that was filled with so many sessions. What its readers' lists skip is saved. */
export async function scaleCases(pool: pg.Pool, sessions: number): Promise<Case[]> {
  const seen = createTenantClient(pool, tenantId);
  for (const reader of readers)
    for (const axis of skipAxisNames) if (reader !== "never seen") await saveSkips(seen, reader, axis);
  const { rows: dated } = await pool.query<{ base: string }>(`SELECT ${at("0", sessions)} AS base`);
  const base = Date.parse(dated[0]?.base ?? "");
  /** When the session of a number was last active. */
  const instantOf = (number: number) =>
    new Date(base + number * 1_000).toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
  const middle = Math.floor(sessions / 2);
  const cases: Case[] = [];
  const add = (name: string, run: Case["run"]) => cases.push({ name, run });
  const sessionKey = (listing: Listing, order: string, number: number): Key => {
    const at = instantOf(number);
    const fields = order === "CREATED" ? [at] : [at, at];
    return [...(listing.bands ? [listing.bands.length - 1] : []), ...fields, idOf("ses", number)];
  };
  for (const reader of readers)
    for (const order of ["ATTENTION", "LAST_ACTIVITY", "CREATED"] as const)
      for (const state of listStates) {
        const listing = sessionListing({ state }, order, reader);
        const name = `page, ${reader}, ${order} ${state}`;
        add(`${name}, first`, (client) => page(client, listing));
        add(`${name}, middle`, (client) =>
          page(client, listing, { after: sessionKey(listing, order, middle) }),
        );
        add(`${name}, last`, (client) => page(client, listing, { backward: true }));
      }
  const each = Math.max(1, Math.floor(sessions / 20));
  const filters: [string, Partial<SessionFilter>][] = [
    ["project half", { projectId: "half" }],
    ["project 1 in 98", { projectId: "p1" }],
    ["project of twenty", { projectId: "twenty" }],
    ["project absent", { projectId: "absent" }],
    ["profile common", { backendProfile: "codex" }],
    ["profile rare", { backendProfile: "rare" }],
    ["profile absent", { backendProfile: "absent" }],
    ...attentionReasons.map((reason): [string, Partial<SessionFilter>] => [
      `reason ${reason}`,
      { reasons: [reason] },
    ]),
    ["reasons NEEDS_INPUT and FAILED", { reasons: ["NEEDS_INPUT", "FAILED"] }],
    ["reasons NEEDS_APPROVAL and CANCELLED, absent", { reasons: ["NEEDS_APPROVAL", "CANCELLED"] }],
    ["reason FAILED of a project", { reasons: ["FAILED"], projectId: "p1" }],
    ["project and profile", { projectId: "p1", backendProfile: "claude" }],
    ["labelsAll common", { labelsAll: ["half"] }],
    ["labelsAll 1 in 200", { labelsAll: ["some"] }],
    ["labelsAll of twenty", { labelsAll: ["twenty"] }],
    ["labelsAll absent", { labelsAll: ["absent"] }],
    ["labelsAny common", { labelsAny: ["half", "absent"] }],
    ["labelsAny 1 in 200", { labelsAny: ["some", "absent"] }],
    ["search common", { search: "mend" }],
    ["search one", { search: `test ${middle}` }],
    ["search absent", { search: "absent" }],
    ["archived", { archived: true }],
    ["snoozed", { snoozed: true }],
    ["updated within the newest 20", { updatedAfter: instantOf(sessions - 20) }],
    ["updated within the newest half", { updatedAfter: instantOf(middle) }],
    ["level ALL", { level: "ALL" }],
  ];
  for (const reader of ["nothing", "all", "scattered"]) {
    for (const order of ["LAST_ACTIVITY", "CREATED"] as const)
      for (const [name, filter] of filters)
        add(`filter, ${reader}, ${order}, ${name}`, (client) =>
          page(client, sessionListing({ state: "DEFAULT", ...filter }, order, reader)),
        );
    for (const [name, filter] of filters)
      for (const state of ["DEFAULT", "ALL"] as const) {
        const listing = sessionListing({ state, ...filter }, "ATTENTION", reader);
        add(`filter, ${reader}, ${state}, ${name}`, (client) => page(client, listing));
      }
  }
  for (const reader of readers) {
    const tab = (name: string, ...filters: Partial<SessionFilter>[]) =>
      add(`counts by rows, ${reader}, ${name}`, (client) =>
        countTabs(
          client,
          filters.map((filter) => ({ state: "ALL" as ListState, ...filter })),
          reader,
        ),
      );
    tab("no filter", {});
    tab("project half", { projectId: "half" });
    tab("reasons", { reasons: ["NEEDS_INPUT", "FAILED"] });
    tab("five tabs", {}, { projectId: "half" }, { projectId: "p1" }, { archived: true }, { snoozed: true });
    tab("one label", { labelsAll: ["some"] });
    for (const state of ["DEFAULT", "ALL", "TERMINAL"] as const)
      add(`counts by rows, ${reader}, totalCount ${state}`, (client) =>
        count(client, sessionListing({ state }, "ATTENTION", reader)),
      );
  }
  const runs: [string, RunFilter][] = [
    ["all", {}],
    ["project half", { projectId: "half" }],
    ["project of twenty", { projectId: "twenty" }],
    ["project absent", { projectId: "absent" }],
    ["profile common", { backendProfile: "codex" }],
    ["profile rare", { backendProfile: "rare" }],
    ["profile absent", { backendProfile: "absent" }],
    ["runner common", { runnerId: "rnr_1" }],
    ["runner rare and PENDING", { runnerId: "rnr_rare", statuses: ["PENDING"] }],
    ["PENDING", { statuses: ["PENDING"] }],
    ["PENDING and CLAIMED", { statuses: ["PENDING", "CLAIMED"] }],
    ["CANCELLED, absent", { statuses: ["CANCELLED"] }],
    ["PENDING of a project", { statuses: ["PENDING"], projectId: "half" }],
    ["FAILED of a profile", { statuses: ["FAILED"], backendProfile: "claude" }],
    ["project and profile", { projectId: "p1", backendProfile: "claude" }],
    ["created in the middle", { createdAfter: instantOf(middle), createdBefore: instantOf(middle + 50) }],
  ];
  for (const [name, filter] of runs)
    for (const order of ["NEWEST", "OLDEST"] as const)
      add(`runs, ${name}, ${order}`, (client) => page(client, runListing(filter, order)));
  add("runs, totalCount", (client) => count(client, runListing({}, "NEWEST")));
  add("labels in use", (client) => findLabels(client, { prefix: "", projectId: null, limit: 50 }));
  add("projects in use", (client) => findProjects(client, { after: "", limit: 50 }));
  const anyTask: TaskFilter = {
    queue: null,
    lane: null,
    projectId: null,
    states: null,
    updatedAfterVersion: null,
  };
  const tasks: [string, Partial<TaskFilter>][] = [
    ["all", {}],
    ["queue", { queue: "queue 1" }],
    ["queue absent", { queue: "absent" }],
    ["RUNNING", { states: ["RUNNING"] }],
    ["PENDING", { states: ["PENDING"] }],
    ["RUNNING and PENDING", { states: ["PENDING", "RUNNING"] }],
    ["BLOCKED, absent", { states: ["BLOCKED"] }],
    ["queue, two states", { queue: "queue 1", states: ["PENDING", "RUNNING"] }],
    ["lane rare", { lane: "rare" }],
    ["lane absent", { lane: "absent" }],
    ["project half", { projectId: "half" }],
    ["project of twenty", { projectId: "twenty" }],
    ["project absent", { projectId: "absent" }],
    ["project and PENDING", { projectId: "half", states: ["PENDING"] }],
    ["the newest 5 changes", { updatedAfterVersion: 3 * Math.round(0.3 * sessions) - 15 }],
    ["half of the changes", { updatedAfterVersion: Math.round(0.45 * sessions) }],
  ];
  for (const [name, filter] of tasks)
    add(`tasks, ${name}`, (client) => page(client, taskListing({ ...anyTask, ...filter })));
  for (const queue of [null, "queue 1", "absent"]) {
    add(`tasks, queueStats of ${queue ?? "all"}`, (client) => readStats(client, queue));
    add(`tasks, queueCommander of ${queue ?? "all"}`, (client) => readCommander(client, queue));
  }
  const anyRequest: RequestFilter = {
    states: null,
    kinds: null,
    projectId: null,
    sessionId: null,
    runId: null,
  };
  const requests: [string, Partial<RequestFilter>][] = [
    ["all", {}],
    ["OPEN", { states: ["OPEN"] }],
    ["EXPIRED", { states: ["EXPIRED"] }],
    ["WITHDRAWN, absent", { states: ["WITHDRAWN"] }],
    ["two states", { states: ["ANSWERED", "EXPIRED"] }],
    ["a kind, OPEN", { kinds: ["APPROVAL"], states: ["OPEN"] }],
    ["a kind that is absent", { kinds: ["AUTHENTICATION"] }],
    ["project half", { projectId: "half" }],
    ["project of twenty", { projectId: "twenty" }],
    ["project absent", { projectId: "absent" }],
    ["project half, OPEN", { projectId: "half", states: ["OPEN"] }],
    ["project absent, OPEN", { projectId: "absent", states: ["OPEN"] }],
    ["session", { sessionId: idOf("ses", each * 10) }],
    ["run", { runId: idOf("run", 20 * Math.floor(each / 20)) }],
  ];
  for (const [name, filter] of requests)
    add(`requests, ${name}`, (client) => page(client, requestListing({ ...anyRequest, ...filter })));
  add("requests, totalCount OPEN", (client) =>
    count(client, requestListing({ ...anyRequest, states: ["OPEN"] })),
  );
  return cases;
}
