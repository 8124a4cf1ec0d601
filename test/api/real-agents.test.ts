import { afterAll, beforeAll, expect, it } from "vitest";
import { claudeCode, claudeStream } from "../support/agents/claude.js";
import { codexAppServer, codexExec, codexRollout } from "../support/agents/codex.js";
import { geminiChat, geminiStream, opencode } from "../support/agents/gemini-and-opencode.js";
import { importTale } from "../support/agents/import-tale.js";
import { a2a, acp, agUi } from "../support/agents/protocols.js";
import type { Tale } from "../support/agents/tale.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { type TestService, startService } from "../support/start-service.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const readTale = graphql(`
  query ReadTale($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      title
      executionState
      lastActivityAt
      usage { inputTokens cacheReadTokens cacheWriteTokens outputTokens reasoningTokens requests costMicros isPriced }
      plan { completed total }
      inputRequests(first: 100, states: [OPEN, ANSWERED, WITHDRAWN, EXPIRED]) {
        nodes { requestId state requestedAt closedAt answer { decision choiceIds value comment } }
      }
      timeline(first: 500) {
        nodes {
          type
          occurredAt
          payload
          ... on ToolCallEvent { status }
          ... on DiffEvent { additions deletions }
        }
      }
    }
  }
`);

const claudeFolder = "claude-code/projects/-srv-app-orders/7b1f6c52-0d0e-4a53-9a70-1f2f5d3c8e01";
const rollout =
  "codex-rollout/sessions/2026/09/15/rollout-2026-09-15T13-40-00-0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b.jsonl";
const chat = "gemini-cli/tmp/project/chats/session-2026-09-19T07-05-e2d1c0b9.jsonl";

/** What a sample truly says: its usage in the order of the graph's fields without the last, its requests, and its ends. */
interface Truth {
  read: () => Promise<Tale>;
  /** What a person would call it. */
  title: string;
  /** Input, cache read and written, output, reasoning, requests, millionths of a US dollar. */
  used: number[];
  answers?: Record<string, object>;
  statuses: Record<string, number>;
  changed?: [additions: number, deletions: number];
  plan?: { completed: number; total: number };
}

const truths: Record<string, Truth> = {
  "claude-code": {
    read: () => claudeCode(`${claudeFolder}.jsonl`),
    title: "Order totals off by a cent",
    used: [121_722, 104_330, 17_350, 781, 0, 9, 0],
    answers: { toolu_01F: { decision: "ANSWERED", choiceIds: ["Change it"] } },
    statuses: { RUNNING: 5, COMPLETED: 3, FAILED: 1, DENIED: 1 },
    changed: [1, 1],
    plan: { completed: 0, total: 2 },
  },
  "claude-code, a sub-agent": {
    read: () => claudeCode(`${claudeFolder}/subagents/agent-a41c9e7.jsonl`),
    title: "List every caller of total() and whether it relies on rounding per line.",
    used: [14_512, 6_800, 7_700, 410, 0, 2, 0],
    statuses: { RUNNING: 1, COMPLETED: 1 },
  },
  "claude-stream-json": {
    read: claudeStream,
    title: "Mails to one domain do not leave. Why?",
    used: [27_882, 18_450, 9_420, 121, 0, 3, 41_820],
    answers: { "perm-1": { decision: "DENIED", comment: "Not these: requeue them." } },
    statuses: { RUNNING: 2, COMPLETED: 1, FAILED: 1 },
  },
  "codex-rollout": {
    read: () => codexRollout(rollout),
    title: "Slugs get double dashes when a title has two spaces. Fix it.",
    used: [26_100, 20_480, 0, 610, 192, 2, 0],
    statuses: { RUNNING: 5, COMPLETED: 3, FAILED: 2, CANCELLED: 1 },
    changed: [1, 1],
    plan: { completed: 0, total: 2 },
  },
  "codex-exec-json": {
    read: codexExec,
    title: "List the handlers, Add the time-out",
    used: [24_120, 20_480, 0, 733, 0, 1, 0],
    statuses: { RUNNING: 3, COMPLETED: 3, FAILED: 1, DENIED: 1 },
    plan: { completed: 2, total: 2 },
  },
  "codex-app-server": {
    read: codexAppServer,
    title: "Migrate the invoices table.",
    used: [17_900, 12_288, 0, 410, 128, 1, 0],
    answers: { 100: { decision: "APPROVED" }, 101: { decision: "DENIED" } },
    statuses: { RUNNING: 2, COMPLETED: 1, DENIED: 1 },
    changed: [1, 0],
    plan: { completed: 0, total: 2 },
  },
  acp: {
    read: acp,
    title: "Coupon lost on login",
    used: [0, 0, 0, 0, 0, 0, 31_000],
    answers: { 7: { decision: "APPROVED", choiceIds: ["always"] } },
    statuses: { RUNNING: 5, COMPLETED: 2, FAILED: 1 },
    changed: [1, 1],
    plan: { completed: 2, total: 3 },
  },
  "ag-ui": {
    read: agUi,
    title: "Refund order 118.",
    used: [1_200, 512, 0, 90, 0, 1, 0],
    answers: { "int-1": { decision: "APPROVED", value: { approved: true } } },
    statuses: { RUNNING: 2, COMPLETED: 2 },
    plan: { completed: 1, total: 2 },
  },
  a2a: {
    read: a2a,
    title: "Make the quarterly report.",
    used: [0, 0, 0, 0, 0, 0, 0],
    answers: { "m-3": { decision: "ANSWERED", comment: "Euros." } },
    statuses: {},
  },
  "gemini-cli, a chat": {
    read: () => geminiChat(chat),
    title: "Overlapping cron jobs",
    used: [10_400, 5_000, 0, 76, 40, 2, 0],
    statuses: { COMPLETED: 1, CANCELLED: 1 },
  },
  "gemini-cli, a stream": {
    read: geminiStream,
    title: "How large is the log?",
    used: [5_180, 0, 0, 30, 0, 1, 0],
    statuses: { RUNNING: 1, COMPLETED: 1 },
  },
  opencode: {
    read: () => opencode("ses_5f1a000001"),
    title: "Search ignores accents",
    used: [11_209, 11_200, 0, 312, 0, 1, 21_300],
    statuses: { COMPLETED: 3, DENIED: 1 },
    changed: [1, 1],
    plan: { completed: 1, total: 2 },
  },
  "opencode, a sub-agent": {
    read: () => opencode("ses_5f1a000002"),
    title: "Check the callers (@explore subagent)",
    used: [2_104, 2_100, 0, 60, 0, 1, 1_100],
    statuses: {},
  },
};

/** What of an agent's own states has no type of its own. */
const ownPhases = new Set(["compacted", "rewound", "mode-changed", "rate-limit"]);
const servicePhases = /^(run-|command-|session-updated|input-closed)/;

it.each(Object.entries(truths))(
  "%s is told whole: its title, its times, what it used, and each answer to its request",
  async (_name, truth) => {
    const tale = await truth.read();
    await importTale(service, tale);
    const { session } = await service.ask(readTale, { sessionId: tale.sessionId });
    const { title, timeline, usage, inputRequests, plan, lastActivityAt, executionState } = found(session);
    expect(title).toBe(truth.title);
    expect(executionState).toBe("TERMINAL");
    const { isPriced: _, ...counts } = usage;
    expect(Object.values(counts)).toEqual(truth.used);
    expect(plan).toEqual(truth.plan ?? null);

    const told = timeline.nodes.filter(
      ({ payload }) => !servicePhases.test((payload as { phase?: string }).phase ?? ""),
    );
    const sent = tale.deeds.flatMap((deed) => ("event" in deed ? [deed.event] : []));
    expect(told.filter(({ type }) => type !== "TERMINAL_STATUS").map(({ type }) => type)).toEqual(
      sent.map(({ type }) => type),
    );
    const phases = sent.flatMap(({ type, payload }) => (type === "BACKEND_STATUS" ? [payload["phase"]] : []));
    expect(phases.filter((phase) => !ownPhases.has(phase as string))).toEqual([]);

    const statuses: Record<string, number> = {};
    for (const event of told)
      if ("status" in event && event.status) statuses[event.status] = (statuses[event.status] ?? 0) + 1;
    expect(statuses).toEqual(truth.statuses);
    const diffs = told.flatMap((event) => ("additions" in event ? [[event.additions, event.deletions]] : []));
    expect(diffs).toEqual(truth.changed ? [truth.changed] : []);

    expectTimes(tale, timeline.nodes, lastActivityAt);
    const answers = inputRequests.nodes.map(({ requestId, state, answer }) => [
      requestId,
      { state, ...answer },
    ]);
    const nothing = { state: "ANSWERED", choiceIds: [], value: null, comment: null };
    const expected = Object.entries(truth.answers ?? {}).map(([id, answer]) => [
      id,
      { ...nothing, ...answer },
    ]);
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(expected));
    for (const { requestedAt, closedAt } of inputRequests.nodes)
      expect((closedAt ?? "") >= requestedAt).toBe(true);
  },
);

/** A sample that tells its times has them on every event, in order; the session was last active at the last. */
function expectTimes(
  { deeds }: Tale,
  events: readonly { occurredAt: string }[],
  lastActivityAt: string,
): void {
  const times = deeds.flatMap(({ at }) => (at === undefined ? [] : [new Date(at).getTime()]));
  if (times.length === 0) return;
  expect(times).toHaveLength(deeds.length);
  const stored = events.map(({ occurredAt }) => new Date(occurredAt).getTime());
  expect(stored).toEqual(stored.toSorted((a, b) => a - b));
  expect(new Set(stored)).toEqual(new Set(times));
  expect(new Date(lastActivityAt).getTime()).toBe(Math.max(...times));
}
