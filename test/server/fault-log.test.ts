import { expect, it, onTestFinished } from "vitest";
import { AgentRunError } from "../../src/domain/errors.js";
import { FaultLog } from "../../src/server/fault-log.js";
import { createLog } from "../../src/server/log.js";

/** A window so long that none of a test ends by itself. */
const foreverMs = 3_600_000;

function openFaultLog(windowMs = foreverMs) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const faults = new FaultLog(log, windowMs);
  onTestFinished(() => faults.close());
  return { faults, lines };
}

const gone = (message: string) => Object.assign(new Error(message), { code: "ECONNREFUSED" });

function unavailable(message: string, cause?: Error): AgentRunError {
  const refusal = new AgentRunError(message, { code: "UNAVAILABLE" });
  refusal.cause = cause;
  return refusal;
}

it("of an outage the first fault is a line with its stack, and one line counts the others", () => {
  const { faults, lines } = openFaultLog();
  for (let call = 0; call < 500; call += 1)
    faults.report(gone(`refused ${call}`), "the database did not answer");
  expect(lines).toMatchObject([
    { level: 50, msg: "the database did not answer", err: { message: "refused 0" } },
  ]);
  expect(lines[0]).toHaveProperty("err.stack", expect.stringContaining("fault-log.test"));
  faults.close();
  expect(lines.slice(1)).toMatchObject([
    {
      level: 50,
      more: 499,
      lastReason: "refused 499",
      msg: "499 more faults, the last: the database did not answer",
    },
  ]);
});

it("whatever an outage breaks is one outage, and the line says what lay below", () => {
  const { faults, lines } = openFaultLog();
  faults.report(unavailable("the subscription broke", gone("refused")), "the subscription broke");
  faults.report(gone("reset"), "a database connection was lost", "warn");
  faults.report(unavailable("the keys cannot be had", new Error("no such host")), "the keys cannot be had");
  faults.report(gone("reset again"), "a stream of events could not go on", "warn");
  faults.close();
  expect(lines).toMatchObject([
    { level: 50, msg: "the subscription broke", err: { message: "refused" } },
    { level: 40, more: 3, lastReason: "reset again" },
  ]);
});

it("ten other faults are a line each, and an outage takes none of their lines", () => {
  const { faults, lines } = openFaultLog();
  for (let call = 0; call < 5; call += 1) faults.report(gone("refused"), "the database did not answer");
  for (let call = 0; call < 25; call += 1) faults.report(new Error(`bug ${call}`), "an operation failed");
  faults.close();
  const bugs = Array.from({ length: 10 }, (_, call) => ({ err: { message: `bug ${call}` } }));
  expect(lines).toMatchObject([
    { err: { message: "refused" } },
    ...bugs,
    { more: 4, lastReason: "refused" },
    { more: 15, lastReason: "bug 24" },
  ]);
});

it("nothing is summed up where nothing was counted", () => {
  const { faults, lines } = openFaultLog();
  faults.report(gone("refused"), "the database did not answer");
  faults.close();
  expect(lines).toHaveLength(1);
});

it("an outage that goes on is a line for each window, and its end makes the next one news", async () => {
  const { faults, lines } = openFaultLog(20);
  const report = () => faults.report(gone("refused"), "the database did not answer");
  const calls = setInterval(report, 1);
  const startedAt = performance.now();
  await expect.poll(() => lines.length, { interval: 5 }).toBeGreaterThan(4);
  clearInterval(calls);
  // The timers of a busy machine are late, never early.
  expect(lines.length).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 20);
  expect(lines.filter((line) => "err" in line)).toHaveLength(1);

  const isNews = () => {
    report();
    return "err" in (lines.at(-1) ?? {});
  };
  await expect.poll(isNews, { interval: 100 }).toBe(true);
});
