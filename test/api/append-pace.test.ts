import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { takeEvents } from "../../src/actions/take-events.js";
import { RunTails } from "../../src/store/event-log/tails.js";

const newTail = () => new RunTails().open("run_1", "");
const output = (text: string) => ({ type: "COMMAND_OUTPUT" as const, payload: { text } });

/** How often others had a turn while the work went on. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  void work.finally(() => (done = true));
  while (!done) {
    await setImmediate();
    turns += 1;
  }
  return turns;
}

describe("redacting a batch", () => {
  it("that takes long lets others have their turn after each 10 ms", async () => {
    const events = Array.from({ length: 64 }, (_, n) => output(`${n} ${"pass: ".repeat(40_000)}`));
    const before = performance.now();
    const turns = await turnsDuring(takeEvents(events, newTail()));
    const took = performance.now() - before;
    expect(turns).toBeGreaterThan(Math.min(20, took / 100));
  });

  it("of payloads with 14,000 keys each lets others have their turn within each of them", async () => {
    const payloadOf = (event: number) =>
      Object.fromEntries(Array.from({ length: 14_000 }, (_, n) => [`k${event}_${n}`, n]));
    const events = Array.from({ length: 12 }, (_, n) => ({
      type: "BACKEND_STATUS" as const,
      payload: { phase: "x", ...payloadOf(n) },
    }));
    const before = performance.now();
    const turns = await turnsDuring(takeEvents(events, newTail()));
    const took = performance.now() - before;
    expect(turns).toBeGreaterThan(Math.min(24, took / 50));
  });

  it("that takes no time waits for nothing", async () => {
    const turns: number[] = [];
    // One of them may find that the machine has let it wait.
    for (let round = 0; round < 10; round += 1)
      turns.push(await turnsDuring(takeEvents([output("npm test: 3 passed")], newTail())));
    expect(Math.min(...turns)).toBeLessThan(2);
  });
});

it("a long append and a short one of the same run are ready in the order in which they came", async () => {
  const tails = new RunTails();
  const ready: string[] = [];
  const prepare = (name: string, events: ReturnType<typeof output>[]) =>
    tails.inTurn("run_1", () => takeEvents(events, tails.open("run_1", ""))).then(() => ready.push(name));
  const long = Array.from({ length: 40 }, () => output("pass: ".repeat(20_000)));
  await Promise.all([prepare("long", long), prepare("short", [output("a")])]);
  expect(ready).toEqual(["long", "short"]);
});

it("an append that is refused holds up none after it", async () => {
  const tails = new RunTails();
  await expect(tails.inTurn("run_1", () => takeEvents([], tails.open("run_1", "")))).rejects.toThrow(
    "1 to 500",
  );
  const failing = tails.inTurn("run_1", () => takeEvents([], tails.open("run_1", "")));
  const next = tails.inTurn("run_1", () => takeEvents([output("a")], tails.open("run_1", "")));
  await expect(failing).rejects.toThrow("1 to 500");
  expect(await next).toHaveLength(1);
});

describe("of a run", () => {
  /** Stores an append as a writer that has nothing to show. */
  function keep(tails: RunTails, run: string, seq: number, ends: Record<string, string>): void {
    const tail = tails.open(run, "");
    tail.write(new Map(Object.entries(ends)));
    tail.keep(seq);
    tail.close();
  }
  const read = (tails: RunTails, run: string, stream: string, writer = "") => {
    const tail = tails.open(run, writer);
    const end = tail.read(stream);
    tail.close();
    return end;
  };

  it("256 characters of each of its last two streams are kept at most", async () => {
    const tails = new RunTails();
    for (const [seq, stream] of ["a", "b", "c"].entries()) {
      const payload = { text: "x ".repeat(500), processId: stream };
      const tail = tails.open("run_1", "");
      await takeEvents([{ type: "COMMAND_OUTPUT", payload }], tail);
      tail.keep(seq);
      tail.close();
    }
    expect(tails.sizeOf("run_1")).toBe(512);
    expect(read(tails, "run_1", "COMMAND_OUTPUT stdout a")).toBe("");
    expect(read(tails, "run_1", "COMMAND_OUTPUT stdout c")).toHaveLength(256);
    expect(read(tails, "run_2", "COMMAND_OUTPUT stdout c")).toBe("");
  });

  it("nothing is kept once ten thousand others were written to", () => {
    const tails = new RunTails();
    for (let n = 0; n <= 10_000; n += 1) keep(tails, `run_${n}`, 1, { a: "x" });
    expect(read(tails, "run_0", "a")).toBe("");
    expect(read(tails, "run_10000", "a")).toBe("x");
  });

  it("what is under way is known to its writer alone, and to nobody once it is refused", () => {
    const tails = new RunTails();
    keep(tails, "run_1", 1, { a: "stored" });
    const first = tails.open("run_1", "mine");
    first.write(new Map([["a", "first"]]));
    const second = tails.open("run_1", "mine");
    expect(second.read("a")).toBe("first");
    expect(read(tails, "run_1", "a", "other")).toBe("stored");
    first.close();
    expect(second.read("a")).toBe("stored");
    second.close();
  });

  it("an append that is repeated later does not take the place of what came after it", () => {
    const tails = new RunTails();
    keep(tails, "run_1", 1, { a: "first" });
    keep(tails, "run_1", 2, { a: "second" });
    keep(tails, "run_1", 1, { a: "first again" });
    expect(read(tails, "run_1", "a")).toBe("second");
    keep(tails, "run_1", 3, { a: "" });
    expect(read(tails, "run_1", "a")).toBe("");
  });
});
