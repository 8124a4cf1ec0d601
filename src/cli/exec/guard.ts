import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads the ids of process groups, a line each. At the line `done` it ends and touches nothing. If its input ends
 * without it, nobody looks after the groups any more: they get SIGTERM, and what is left of them after 10 seconds
 * SIGKILL.
 */
const script = `
groups=
while read -r line; do
  [ "$line" = done ] && exit 0
  groups="$groups -$line"
done
[ "$groups" ] || exit 0
kill -s TERM -- $groups
left=10
while [ $left -gt 0 ] && kill -s 0 -- $groups; do
  sleep 1
  left=$((left - 1))
done
kill -s KILL -- $groups`;

/**
 * A small shell that outlives this process if that is killed, and then ends the process groups that it watches. It
 * sees it by its input, a pipe that only we hold. It is in a session of its own, so that no signal of a terminal
 * reaches it. On a machine without a shell nothing is watched.
 */
export class Guard {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn("sh", ["-c", script], {
      cwd: "/",
      detached: true,
      env: { PATH: process.env["PATH"] },
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  /** Adds a process group. The write is done when this returns: we may be killed in the next moment. */
  watch(groupId: number): void {
    this.#shell.stdin?.write(`${groupId}\n`);
  }

  /** Ends the watch. What is left of the groups lives on. */
  release(): void {
    this.#shell.stdin?.end("done\n");
  }
}
