import { readFileSync, readdirSync } from "node:fs";

/** Sends a signal to all processes of a group. Does nothing if the group is gone. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // The whole group is gone already, or what is left of it is another user's.
  }
}

/**
 * Tells whether a group still has a process that runs. On Linux a process that has ended does not count even if
 * nobody has asked how: where we are the first process of a container, nobody ever asks.
 */
export function isGroupAlive(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return process.platform !== "linux" || hasRunningMember(groupId);
}

function hasRunningMember(groupId: number): boolean {
  const names = list("/proc");
  return !names.includes("self") || names.some((name) => /^\d+$/.test(name) && isMember(name, groupId));
}

function isMember(pid: string, groupId: number): boolean {
  // The program's name, in parentheses, may hold anything. State, parent and group follow it.
  const [state, , group] = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(group) === groupId && state !== "Z" && state !== "X";
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It has ended since.
  }
}
