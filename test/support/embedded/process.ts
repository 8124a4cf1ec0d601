import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { bundleModules } from "../bundle.js";

/** `openEmbedded` for processes of the test's own, with this checkout's packages. */
const [OPEN_MODULE] = await bundleModules(["database/embedded/open.ts"]);

export interface Opened {
  started: boolean;
  version: string;
  url: string;
  logs: string[];
}

export interface EmbeddedProcess {
  child: ChildProcess;
  /** What it got. Rejects with its error. */
  opened: Promise<Opened>;
  /** Closes the database and ends the process; the log lines of its whole life. */
  close(): Promise<string[]>;
  /** Ends the process group by a signal. */
  kill(signal: "SIGKILL" | "SIGINT"): Promise<void>;
  /** After a test, whatever became of it: closes what is still open. */
  end(): Promise<void>;
}

export interface ProcessOptions {
  dataDir?: string;
  ephemeral?: boolean;
  /** The OS user; default the test's own. */
  uid?: number;
  openModule?: string;
  env?: Record<string, string>;
}

/** The child's program as text: the checkout may be closed to the OS user that it runs as. */
const SCRIPT = readFileSync(new URL("./child.mjs", import.meta.url), "utf8");

/** Runs `openEmbedded` in a process of its own, leader of its process group. */
export function startEmbeddedProcess(options: ProcessOptions): EmbeddedProcess {
  const { uid, env, openModule = OPEN_MODULE, dataDir = "/unused", ephemeral } = options;
  const argument = JSON.stringify({ openModule, dataDir, ephemeral });
  const child = spawn(process.execPath, ["--input-type=module", "--eval", SCRIPT, "--", argument], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, ...env },
    cwd: "/",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the process ended without a word");
    const message = JSON.parse(value);
    if (message.error) throw new Error(message.error);
    return message;
  };
  const opened: Promise<Opened> = read();
  opened.catch(() => {}); // it may be killed before anyone asks
  return {
    child,
    opened,
    async close() {
      await opened;
      child.stdin.write("close\n");
      const { logs } = await read();
      await exited;
      return logs;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      await this.close().catch(() => this.kill("SIGKILL"));
    },
    async kill(signal) {
      process.kill(-child.pid!, signal);
      await exited;
    },
  };
}
