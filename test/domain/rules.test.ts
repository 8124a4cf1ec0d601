import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/domain/cursor.js";
import { normalizePayload } from "../../src/domain/event.js";
import { millionthsOf } from "../../src/domain/usage.js";
import { checkId, eventId, newId, nounOf, parseEventId } from "../../src/domain/ids.js";
import { parseInstant } from "../../src/domain/instant.js";
import { checkJson, hashJson } from "../../src/domain/json.js";
import { assertMayWrite, hashLeaseToken } from "../../src/domain/lease.js";
import { activeWork, afterEnd, running, titleOfMetadata, titleOfPrompt } from "../../src/domain/session.js";
import { checkName, cleanJson } from "../../src/domain/text.js";

describe("an instant", () => {
  it.each([
    ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000000Z"],
    ["2026-11-22T09:30:00.1Z", "2026-11-22T09:30:00.100000Z"],
    ["2026-11-22T09:30:00.1234567Z", "2026-11-22T09:30:00.123456Z"],
    ["2026-11-22t09:30:00.000001z", "2026-11-22T09:30:00.000001Z"],
    ["2026-11-22T00:30:00.123456+02:00", "2026-11-21T22:30:00.123456Z"],
    ["2024-02-29T23:59:59-08:00", "2024-03-01T07:59:59.000000Z"],
  ])("%s is %s", (text, instant) => expect(parseInstant(text, "at")).toBe(instant));

  it.each([
    "",
    "2026-11-22",
    "2026-11-22T09:30:00",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:60Z",
    "now",
  ])("%j is none", (text) =>
    expect(() => parseInstant(text, "at")).toThrow(/^at must be an ISO 8601 instant/),
  );
});

describe("an id", () => {
  it("says its noun, and sorts by creation", () => {
    const ids = Array.from({ length: 100 }, () => newId("run"));
    expect(ids).toEqual(ids.toSorted());
    expect(nounOf(ids[0] ?? "", "id")).toBe("run");
  });

  it("of an event is made of its run and seq", () => {
    const runId = newId("run");
    expect(parseEventId(eventId(runId, 4711))).toEqual({ runId, seq: 4711 });
    expect([eventId(runId, 255), eventId(runId, 256)]).toEqual(
      [eventId(runId, 255), eventId(runId, 256)].toSorted(),
    );
  });

  it.each(["run_1", "ses_" + "0".repeat(32), "run_" + "G".repeat(32), "run_" + "0".repeat(33), ""])(
    "of a run is not %s",
    (id) => expect(() => checkId("run", id, "runId")).toThrow(/^runId must be the id of a run/),
  );
});

describe("a cursor", () => {
  it("gives back its key in its own scope alone", () => {
    const cursor = encodeCursor("runs of acme", ["2026-11-22T09:30:00.123456Z", "run_1"]);
    expect(decodeCursor("runs of acme", cursor, "after", ["instant", "text"])).toEqual([
      "2026-11-22T09:30:00.123456Z",
      "run_1",
    ]);
    expect(() => decodeCursor("runs of globex", cursor, "after", ["instant", "text"])).toThrow(
      /^after must be a cursor of this very list/,
    );
    expect(() => decodeCursor("runs of acme", `${cursor}=`, "after", ["instant", "text"])).toThrow();
  });
});

describe("JSON", () => {
  it("hashes the same with its keys in any order, and differently with other content", () => {
    expect(hashJson({ a: 1, b: { c: [1, 2], d: null } })).toBe(hashJson({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(hashJson({ a: [1, 2] })).not.toBe(hashJson({ a: [2, 1] }));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("has no %s", (value) =>
    expect(() => checkJson({ value }, "x")).toThrow(/^x /),
  );

  it("is cleaned of what Postgres cannot hold, in keys too", () => {
    expect(cleanJson({ "a\0": ["b\ud800", { c: "😀" }] })).toEqual({ "a\uFFFD": ["b\uFFFD", { c: "😀" }] });
  });
});

describe("a name", () => {
  it("counts its characters, not its UTF-16 units", () =>
    expect(checkName("😀".repeat(200), "name")).toHaveLength(400));
});

describe("a title", () => {
  it.each([
    [{ title: " a " }, "a"],
    [{ title: "x".repeat(300) }, "x".repeat(200)],
    [{ title: " " }, null],
    [{ title: 3 }, null],
    [{}, null],
  ])("of the metadata %j is %s", (metadata, title) => expect(titleOfMetadata(metadata)).toBe(title));

  it.each([
    [{ prompt: " a \n\t b " }, "a b"],
    [{ prompt: "" }, null],
    [{ prompt: 1 }, null],
    [{}, null],
  ])("of the payload %j is %s", (payload, title) => expect(titleOfPrompt(payload)).toBe(title));
});

describe("a session after an end", () => {
  const end = { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" } as const;
  const none = { runId: null, turnId: null, claimedRunId: null, staleRunId: null };

  it("is TERMINAL by it where nothing lives any more", () => {
    expect(afterEnd(running, { ...none, claimedRunId: "run_1", staleRunId: null }, end)).toEqual({
      executionState: "TERMINAL",
      ...end,
    });
  });

  it("stays as it was where a turn or steer lives, or where it was TERMINAL already", () => {
    expect(afterEnd(running, { ...none, runId: "run_1" }, end)).toBe(running);
    const before = { executionState: "TERMINAL", terminalStatus: "COMPLETED", failureKind: null } as const;
    expect(afterEnd(before, none, end)).toBe(before);
  });

  it("has an active run only while it is RUNNING", () => {
    const live = { runId: "run_1", turnId: "cmd_1", claimedRunId: "run_2", staleRunId: null };
    expect(activeWork(running, live)).toEqual({ runId: "run_1", commandId: "cmd_1" });
    expect(activeWork(running, { ...none, claimedRunId: "run_2", staleRunId: null })).toEqual({
      runId: "run_2",
      commandId: null,
    });
    expect(activeWork({ executionState: "IDLE", terminalStatus: null, failureKind: null }, live)).toEqual({
      runId: null,
      commandId: null,
    });
  });
});

describe("a write into a run", () => {
  const held = {
    id: "run_1",
    runnerId: "rnr_1",
    attempt: 1,
    leaseTokenHash: hashLeaseToken("t"),
    leaseExpired: false,
  };
  it.each([
    ["PENDING", null, false, true],
    ["CLAIMED", null, false, false],
    ["CLAIMED", null, true, true],
    ["CLAIMED", "t", false, true],
    ["CLAIMED", "wrong", false, false],
    ["CLAIMED", "wrong", true, false],
    ["PENDING", "t", true, false],
  ] as const)(
    "that is %s, with token %s, operator %s: allowed %s",
    (status, leaseToken, operator, allowed) => {
      const write = () => assertMayWrite({ ...held, status }, { leaseToken, operator });
      if (allowed) expect(write).not.toThrow();
      else expect(write).toThrow(expect.objectContaining({ code: "RUNNER_LEASE_CONFLICT" }));
    },
  );

  it("with the token of a lease that has expired is refused", () => {
    const late = () =>
      assertMayWrite({ ...held, status: "CLAIMED", leaseExpired: true }, { leaseToken: "t", operator: true });
    expect(late).toThrow(/has expired/);
  });
});

describe("a payload", () => {
  it.each([
    ["COMMAND_OUTPUT", { text: "é" }, { text: "é", stream: "stdout", truncated: false, outputBytes: 2 }],
    [
      "COMMAND_OUTPUT",
      { text: "", stream: "STDERR", exitCode: 1, outputBytes: 9 },
      { text: "", stream: "stderr", exitCode: 1, outputBytes: 9, truncated: false },
    ],
    [
      "ERROR",
      { message: "m", failureKind: "BACKEND_TIMEOUT", more: 1 },
      { message: "m", failureKind: "backend-timeout", willRetry: false, more: 1 },
    ],
    [
      "INPUT_REQUEST",
      { prompt: "?" },
      { prompt: "?", kind: "question", choices: [], options: [], multiple: false },
    ],
    [
      "TERMINAL_STATUS",
      { terminalStatus: "completed", failureKind: null },
      { terminalStatus: "completed", failureKind: null },
    ],
    [
      "TOOL_CALL",
      { name: "Read", output: [1] },
      { name: "Read", output: [1], status: "completed", failed: false },
    ],
    [
      "TOOL_CALL",
      { name: "Read", failed: true, title: "t", parentToolCallId: "p" },
      { name: "Read", failed: true, title: "t", parentToolCallId: "p", status: "failed" },
    ],
    [
      "TOOL_CALL",
      { name: "Read", status: "DENIED", failed: true },
      { name: "Read", status: "denied", failed: false },
    ],
    [
      "DIFF",
      { diff: "--- a\n+++ b\n@@ -1,2 +1,2 @@\n--- gone\n+++ come\n+more\n", oldPath: "a" },
      {
        diff: "--- a\n+++ b\n@@ -1,2 +1,2 @@\n--- gone\n+++ come\n+more\n",
        oldPath: "a",
        additions: 2,
        deletions: 1,
      },
    ],
    [
      "DIFF",
      { diff: "@@ f()\n-a\n+b\n+c", additions: 7 },
      { diff: "@@ f()\n-a\n+b\n+c", additions: 7, deletions: 1 },
    ],
    ["REASONING", { text: "hm", messageId: "m" }, { text: "hm", messageId: "m" }],
    [
      "PLAN",
      { entries: [{ text: "a" }, { text: "b", status: "IN_PROGRESS", priority: "high" }] },
      {
        entries: [
          { text: "a", status: "pending" },
          { text: "b", status: "in-progress", priority: "high" },
        ],
      },
    ],
    [
      "USAGE",
      { inputTokens: 10 ** 12, costUsd: 0.0000015, model: "m" },
      {
        model: "m",
        inputTokens: 10 ** 12,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 0,
        reasoningTokens: 0,
        requests: 1,
        costUsd: 0.000002,
      },
    ],
  ] as const)("of %s %j is kept as %j", (type, payload, kept) => {
    expect(normalizePayload(type, payload as never, "payload")).toEqual(kept);
  });

  it.each([
    ["TOOL_CALL", {}, /payload\.name must be a string/],
    ["TOOL_CALL", { name: "x", durationMs: 1.5 }, /payload\.durationMs must be a whole number/],
    ["INPUT_REQUEST", { prompt: "?", kind: "order" }, /payload\.kind must be one of question, approval/],
    [
      "INPUT_REQUEST",
      { prompt: "?", options: [1] },
      /payload\.options\.0 must be a text, or an object with id and label/,
    ],
    [
      "ERROR",
      { message: "m", failureKind: "bad-luck" },
      /payload\.failureKind must be one of schema-invalid, /,
    ],
    ["BACKEND_STATUS", { phase: 1 }, /payload\.phase must be a string/],
    [
      "TOOL_CALL",
      { name: "x", status: "done" },
      /payload\.status must be one of running, completed, failed, denied, cancelled/,
    ],
    ["DIFF", { diff: "", additions: -1 }, /payload\.additions must be 0 or more/],
    [
      "PLAN",
      { entries: Array.from({ length: 201 }, () => ({ text: "a" })) },
      /payload\.entries must be a list of at most 200/,
    ],
    ["PLAN", { entries: [{ status: "pending" }] }, /payload\.entries\.0\.text must be a string/],
    [
      "PLAN",
      { entries: [{ text: "a", status: "done" }] },
      /payload\.entries\.0\.status must be one of pending, in-progress, completed, cancelled/,
    ],
    ["USAGE", { outputTokens: 1.5 }, /payload\.outputTokens must be a whole number from 0 to 1000000000000/],
    ["USAGE", { requests: 10 ** 12 + 1 }, /payload\.requests must be a whole number/],
    ["USAGE", { inputTokens: -1 }, /payload\.inputTokens must be a whole number/],
    ["USAGE", { costUsd: 1_000_000.1 }, /payload\.costUsd must be a number from 0 to 1000000/],
    ["USAGE", { model: " " }, /payload\.model must not be empty/],
  ] as const)("of %s %j is refused", (type, payload, message) => {
    expect(() => normalizePayload(type, payload as never, "payload")).toThrow(message);
  });
});

it.each([
  [0, 0],
  [0.0000004999, 0],
  [0.0000005, 1],
  [0.0000015, 2],
  [1.0000005, 1_000_001],
  [1.0000004999999, 1_000_000],
  [0.0213, 21_300],
  [999_999.9999995, 1_000_000_000_000],
  [1e-9, 0],
  [123456, 123_456_000_000],
])("%d US dollars are %d millionths, half up", (usd, micros) => {
  expect(millionthsOf(usd)).toBe(micros);
});
