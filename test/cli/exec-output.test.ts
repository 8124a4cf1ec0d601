import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeScript, startExec } from "../support/exec/process.js";
import { numberedLines, readRecord } from "../support/exec/record.js";
import { type TestService, startService } from "../support/start-service.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function record(script: string) {
  const exec = startExec(service.url, nodeScript(script));
  const runId = await exec.runId();
  expect(await exec.exitCode).toBe(0);
  return { exec, ...(await readRecord(service, runId)) };
}

describe("the output of a process", () => {
  it("is stored line for line, in order and once, on both streams", async () => {
    const count = 20_000;
    const { exec, text, outputs } = await record(
      `for (let i = 0; i < ${count}; i++) { process.stdout.write("out " + i + "\\n"); process.stderr.write("err " + i + "\\n"); }`,
    );
    expect(text("STDOUT")).toBe(numberedLines("out", count));
    expect(text("STDERR")).toBe(numberedLines("err", count));
    expect(exec.stdout()).toBe(numberedLines("out", count));
    expect(exec.stderr()).toContain("err 19999\n");
    expect(outputs.map(({ seq }) => seq)).toEqual(outputs.map(({ seq }) => seq).toSorted((a, b) => a - b));
  });

  it("keeps characters whole that are written in parts", async () => {
    const { text } = await record(`
      for (const byte of Buffer.from("größer 漢字 👍🏽\\n".repeat(20))) {
        await new Promise((resolve) => process.stdout.write(Buffer.of(byte), () => setImmediate(resolve)));
      }`);
    expect(text("STDOUT")).toBe("größer 漢字 👍🏽\n".repeat(20));
  });

  it("is cut at 64 KiB where it has no lines, never inside a character", async () => {
    const { text, outputs } = await record(`process.stdout.write("a" + "👍".repeat(51_200))`);
    expect(text("STDOUT")).toBe("a" + "👍".repeat(51_200));
    expect(Math.max(...outputs.map(({ outputBytes }) => outputBytes))).toBeLessThanOrEqual(64 * 1024);
    for (const { text: piece, outputBytes } of outputs) expect(outputBytes).toBe(Buffer.byteLength(piece));
  });

  it("may be bytes that are no text: they become U+FFFD, and pass through unchanged", async () => {
    const script = `process.stdout.write(Buffer.concat([Buffer.of(0xff, 0xfe, 0x41, 0xc3), Buffer.alloc(200_000, 1)]))`;
    const exec = startExec(service.url, nodeScript(script));
    const raw: Buffer[] = [];
    exec.child.stdout.on("data", (chunk: Buffer) => void raw.push(chunk));
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(0);
    const { text } = await readRecord(service, runId);
    expect(text("STDOUT")).toBe("\uFFFD\uFFFDA\uFFFD" + "\u0001".repeat(200_000));
    expect(Buffer.concat(raw)).toEqual(
      Buffer.concat([Buffer.of(0xff, 0xfe, 0x41, 0xc3), Buffer.alloc(200_000, 1)]),
    );
  });

  it("may be written through /dev/stdout and /dev/stderr", async () => {
    const exec = startExec(service.url, ["sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr"]);
    const runId = await exec.runId();
    expect(await exec.exitCode).toBe(0);
    const { text } = await readRecord(service, runId);
    expect([text("STDOUT"), text("STDERR")]).toEqual(["out\n", "err\n"]);
  });

  it("loses its secrets also where they are written in parts", async () => {
    const token = `ghp_${"a1B2c3D4e5F6g7H8i9".repeat(2)}`;
    const { text } = await record(`
      process.stdout.write("token ${token.slice(0, 15)}");
      setTimeout(() => process.stdout.write("${token.slice(15)}\\n"), 20);`);
    expect(text("STDOUT")).not.toContain(token.slice(15));
  });

  it("is the command line's own: it reads our input", async () => {
    const exec = startExec(service.url, ["cat"]);
    exec.child.stdin.end("from outside\n");
    expect(await exec.exitCode).toBe(0);
    expect(exec.stdout()).toBe("from outside\n");
  });
});
