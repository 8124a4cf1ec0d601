import { spawnSync } from "node:child_process";
import type { Readable } from "node:stream";
import { quoteCommandLine } from "./command-line.js";

/** The size of a terminal that has none of its own, since exec was not started at one. */
const size = "rows 24 cols 80";

/**
 * Runs inside the terminal, in a session and a group of its own. It tells the group's id on descriptor 3, gives the
 * variable SHELL back and becomes the program.
 */
const boot = `echo $$ >&3
exec 3>&-
[ "$(stty size 2>/dev/null)" = "0 0" ] && stty ${size}
if [ "$1" ]; then SHELL=$1; else unset SHELL; fi
shift
exec "$@"`;

/**
 * Throws an Error that says what is missing if no terminal can be given to a process: script(1) of util-linux makes
 * it. Those of other systems take other options, and want a terminal of their own.
 */
export function assertTerminalAvailable(): void {
  const { stdout } = spawnSync("script", ["--version"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (stdout?.includes("util-linux")) return;
  throw new Error(
    "--pty needs script(1) of util-linux, which is not here: install it, or take --merge for one order of both streams",
  );
}

/** Gives the command that runs a program in a terminal of its own, and ends with its exit code. */
export function terminalCommand(argv: readonly string[]): [string, ...string[]] {
  const command = quoteCommandLine(["sh", "-c", boot, "sh", process.env["SHELL"] ?? "", ...argv]);
  return ["script", "-q", "-e", "-f", "-c", `exec ${command}`, "/dev/null"];
}

/** The environment in which `script` takes its command as it is quoted, whatever shell the user has. */
export const terminalEnvironment = { SHELL: "/bin/sh" };

/** Reads which group the program is in. Gives undefined if the terminal ends before that is told. */
export async function readTerminalGroup(pipe: Readable): Promise<number | undefined> {
  let text = "";
  pipe.setEncoding("utf8");
  for await (const chunk of pipe) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return Number(text) || undefined;
}
