import { spawnSync } from "node:child_process";

/** Tells whether a process runs: false also for a zombie that nobody has asked about yet. */
export function isAlive(pid: number): boolean {
  return !["", "Z"].includes(stateOf(pid));
}

/** The state of a process as ps writes it, in one letter: T if it is stopped. Empty if there is none. */
export function stateOf(pid: number): string {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim().slice(0, 1);
}
