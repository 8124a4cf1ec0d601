import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** The built command line program, as people run it. */
export interface Program {
  child: ChildProcess;
  /** All that it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves once standard output matches; rejects where the program ends before. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Runs `agentrun-graph` with these arguments. Its environment is only what is given here, and the PATH. */
export function runProgram(args: readonly string[], env: Record<string, string> = {}): Program {
  return run(["dist/cli/main.js", ...args], env);
}

/** Runs a module's text in a Node process of its own. */
export function runScript(text: string): Program {
  return run(["--input-type=module", "--eval", text], {});
}

function run(args: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async printed(pattern) {
      for (;;) {
        const match = stdout.match(pattern);
        if (match) return match;
        if (child.exitCode !== null)
          throw new Error(`ended with ${child.exitCode} before ${pattern}: ${stderr}`);
        await Promise.race([once(child.stdout ?? child, "data"), ended]);
      }
    },
  };
}

/** Starts `agentrun-graph serve` and waits until it is ready; gives the URL that it prints. */
export async function runService(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<Program & { url: string }> {
  const program = runProgram(["serve", ...args], { LOG_LEVEL: "warn", PORT: "0", ...env });
  const [, url = ""] = await program.printed(/is ready: (\S+)/);
  return { ...program, url };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
