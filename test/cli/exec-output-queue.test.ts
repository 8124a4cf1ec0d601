import { describe, expect, it } from "vitest";
import { type OutputBatch, OutputQueue } from "../../src/cli/exec/output-queue.js";

async function drain(queue: OutputQueue): Promise<OutputBatch[]> {
  const batches: OutputBatch[] = [];
  for (let batch = await queue.take(); batch; batch = await queue.take()) {
    batches.push(batch);
    queue.release(batch);
  }
  return batches;
}

function textOf(batches: readonly OutputBatch[]): string {
  return batches.flatMap(({ pieces }) => pieces.map(({ text }) => text)).join("");
}

describe("the output queue", () => {
  it("merges neighbours of one stream and keeps the order of both", async () => {
    const queue = new OutputQueue();
    queue.push("stdout", Buffer.from("a"));
    queue.push("stdout", Buffer.from("b"));
    queue.push("stderr", Buffer.from("c"));
    queue.push("stdout", Buffer.from("d"));
    queue.end();
    const [batch] = await drain(queue);
    expect(batch?.pieces.map(({ stream, text }) => [stream, text])).toEqual([
      ["stdout", "ab"],
      ["stderr", "c"],
      ["stdout", "d"],
    ]);
  });

  it("counts what was printed, also where it is no UTF-8 and where characters are cut", async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7_919 + (n >> 3)) % 256));
    const printed: [Buffer, number][] = [
      [Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80]), 7],
      [Buffer.from("häßlich 👍\n".repeat(20_000)), 1_024],
      [noise, 4_096],
      [Buffer.from("cut off: 👍").subarray(0, -1), 1_024],
    ];
    for (const [bytes, step] of printed) {
      const queue = new OutputQueue();
      for (let at = 0; at < bytes.length; at += step) queue.push("stdout", bytes.subarray(at, at + step));
      queue.end();
      const pieces = (await drain(queue)).flatMap((batch) => batch.pieces);
      expect(pieces.reduce((sum, { printedBytes }) => sum + printedBytes, 0)).toBe(bytes.length);
      for (const { text, printedBytes } of pieces) {
        if (!text.includes("\uFFFD")) expect(printedBytes).toBe(Buffer.byteLength(text));
        expect(printedBytes).toBeGreaterThan(0);
      }
    }
  });

  it("puts at most 500 events and a mebibyte of JSON into a batch", async () => {
    const queue = new OutputQueue();
    for (let index = 0; index < 1_200; index += 1) {
      queue.push(index % 2 ? "stdout" : "stderr", Buffer.from("line\n".repeat(1 + (index % 3) * 1_000)));
    }
    queue.end();
    for (const { pieces } of await drain(queue)) {
      expect(pieces.length).toBeLessThanOrEqual(500);
      expect(Buffer.byteLength(JSON.stringify(pieces.map(({ text }) => text)))).toBeLessThan(
        1024 * 1024 + 2_048,
      );
    }
  });

  it("cuts after a line where one ends shortly before 64 KiB", async () => {
    const queue = new OutputQueue();
    const text = "a line of the output\n".repeat(10_000);
    queue.push("stdout", Buffer.from(text));
    queue.end();
    const batches = await drain(queue);
    expect(textOf(batches)).toBe(text);
    for (const { pieces } of batches) for (const piece of pieces) expect(piece.text).toMatch(/\n$/);
  });

  it.each(["\u0001", "\u2028", '"', "é", "👍"])(
    "keeps each event of %j below 256 KiB of JSON",
    async (character) => {
      const queue = new OutputQueue();
      const text = character.repeat(150_000);
      queue.push("stdout", Buffer.from(text));
      queue.end();
      const batches = await drain(queue);
      expect(textOf(batches) === text).toBe(true);
      for (const { pieces } of batches) {
        for (const piece of pieces) {
          expect(piece.bytes).toBeLessThanOrEqual(64 * 1024);
          expect(Buffer.byteLength(JSON.stringify(piece.text))).toBeLessThan(256 * 1024);
        }
      }
    },
  );

  it("holds what was taken until it is released", async () => {
    const queue = new OutputQueue();
    queue.push("stdout", Buffer.from("x".repeat(100_000)));
    const batch = await queue.take();
    expect(queue.heldBytes).toBeGreaterThanOrEqual(100_000);
    queue.end();
    await queue.take();
    if (batch) queue.release(batch);
    expect(queue.heldBytes).toBeLessThan(50_000);
  });

  it("gives a half character at the end as U+FFFD", async () => {
    const queue = new OutputQueue();
    queue.push("stderr", Buffer.of(0x61, 0xf0, 0x9f));
    queue.end();
    expect(textOf(await drain(queue))).toBe("a\uFFFD");
  });
});
