import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A living process of this machine. A pid alone does not name a process, since pids are given again. */
export interface OsProcess {
  /** The program and its arguments, joined by spaces. It is empty on Windows, where it is costly to ask. */
  command: string;
  /** Digits that differ between two processes which had the same pid one after the other. */
  startedAt: string;
}

/** Finds the process of this pid. Gives null if there is none or if it is a zombie. */
export async function findProcess(pid: number): Promise<OsProcess | null> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return null;
  }
  if (process.platform === "win32") return { command: "", startedAt: "0" };
  return process.platform === "linux" ? readProc(pid) : askPs(pid);
}

async function readProc(pid: number): Promise<OsProcess | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so count from its end: the state is the first, the start time the
    // 20th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    // A process that is about to end has lost its arguments already.
    if (command === "") return null;
    return { command: command.replaceAll("\0", " ").trim(), startedAt: fields[19] ?? "0" };
  } catch {
    return null;
  }
}

async function askPs(pid: number): Promise<OsProcess | null> {
  try {
    const { stdout } = await promisify(execFile)(
      "ps",
      ["-ww", "-p", `${pid}`, "-o", "stat=,lstart=,command="],
      {
        env: { ...process.env, LC_ALL: "C" },
      },
    );
    const match = /^\s*(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/m.exec(stdout);
    if (!match?.[2] || match[1]?.startsWith("Z")) return null;
    return { command: match[3] ?? "", startedAt: `${Date.parse(match[2]) / 1000}` };
  } catch {
    return null;
  }
}
