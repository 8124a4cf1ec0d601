import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One end for a process to write to, the other for us to read. */
export interface OutputPipe {
  readable: Socket;
  /** The descriptor to give to the process; `closeWritable` once it has been given. */
  writableFd: number;
  closeWritable(): void;
}

/**
 * Two real pipes. Node itself gives a process sockets, on which `echo > /dev/stderr` fails. Undefined where there is no
 * mkfifo.
 */
export function openOutputPipes(): { stdout: OutputPipe; stderr: OutputPipe } | undefined {
  const folder = mkdtempSync(join(tmpdir(), "agentrun-exec-"));
  try {
    const paths = { stdout: join(folder, "stdout"), stderr: join(folder, "stderr") };
    execFileSync("mkfifo", ["-m", "600", paths.stdout, paths.stderr], { stdio: "ignore" });
    return { stdout: openOutputPipe(paths.stdout), stderr: openOutputPipe(paths.stderr) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openOutputPipe(path: string): OutputPipe {
  // The reader first and without blocking: each open would else wait for the other.
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writableFd = openSync(path, constants.O_WRONLY);
  return {
    readable: new Socket({ fd: readFd, readable: true, writable: false }),
    writableFd,
    closeWritable: () => closeSync(writableFd),
  };
}
