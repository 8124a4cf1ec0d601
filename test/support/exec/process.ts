import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The compiled command line of this checkout. */
export const cliPath = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** A running `agentrun-graph exec`. */
export interface ExecProcess {
  child: ChildProcessWithoutNullStreams;
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  stdoutBytes: () => number;
  /** Its exit code, once it has ended and everything is read. */
  exitCode: Promise<number | null>;
  /** Resolves when its standard output holds the text. */
  printed: (text: string) => Promise<void>;
  /** The run, once exec has said which. */
  runId: () => Promise<string>;
}

/** Starts exec on a service. `argv` is what stands after `--`, and `env` what its environment has besides ours. */
export function startExec(
  url: string,
  argv: readonly string[],
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): ExecProcess {
  const args = [cliPath, "exec", "--url", url, ...flags, "--", ...argv];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGTERM"));
  child.stdin.on("error", () => {}); // it may end before it has read everything
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.stdout.push(chunk);
    bytes += chunk.length;
  });
  child.stderr.on("data", (chunk: Buffer) => void chunks.stderr.push(chunk));
  const closed = once(child, "close").then(([code]) => code as number | null);
  const read = (name: "stdout" | "stderr") => Buffer.concat(chunks[name]).toString();
  const until = async (name: "stdout" | "stderr", text: string) => {
    while (!read(name).includes(text)) {
      const more = once(child[name], "data").then(() => true);
      if (!(await Promise.race([more, closed.then(() => false)])) && !read(name).includes(text)) {
        throw new Error(`exec ended without "${text}": ${read("stderr")}`);
      }
    }
  };
  return {
    child,
    stdout: () => read("stdout"),
    stderr: () => read("stderr"),
    stdoutBytes: () => bytes,
    exitCode: closed,
    printed: (text) => until("stdout", text),
    async runId() {
      await until("stderr", "; follow it");
      return /run (run_\w+)/.exec(read("stderr"))?.[1] ?? "";
    },
  };
}

/** The words that run a script in Node. */
export function nodeScript(script: string): string[] {
  return [process.execPath, "--input-type=module", "-e", script];
}

/** The words of a program that says "ready" and waits for five minutes. A shell can lose a signal as it becomes `sleep`. */
export const sleeper: readonly string[] = nodeScript(`console.log("ready"); setTimeout(() => {}, 300_000);`);

/** A script that prints numbered lines without end, about a mebibyte a second where they are taken, until its input ends; then `end N`. */
export const endlessLines = `
let isEnded = false;
process.stdin.on("end", () => (isEnded = true)).resume();
let line = 0;
while (!isEnded) {
  let text = "";
  for (const last = line + 100; line < last; line += 1) text += "line " + line + "\\n";
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
process.stdout.write("end " + line + "\\n");`;
