import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A pipe. A process writes to one end, and we read from the other. */
interface OutputPipe {
  readable: Socket;
  /** The descriptor to give to the process. Call `closeWritable` once it has been given. */
  writableFd: number;
  closeWritable(): void;
}

/** The pipes of a process. Without `stderr` both of its streams are one. */
interface OutputPipes {
  stdout: OutputPipe;
  stderr?: OutputPipe;
}

/**
 * Opens real pipes: one for each stream, or one for both. Node itself gives a process sockets, on which
 * `echo > /dev/stderr` fails. Gives undefined if there is no mkfifo.
 */
export function openOutputPipes(isMerged: boolean): OutputPipes | undefined {
  const folder = mkdtempSync(join(tmpdir(), "agentrun-exec-"));
  try {
    const paths = { stdout: join(folder, "stdout"), stderr: join(folder, "stderr") };
    execFileSync("mkfifo", ["-m", "600", ...Object.values(paths)], { stdio: "ignore" });
    const stdout = openOutputPipe(paths.stdout);
    return isMerged ? { stdout } : { stdout, stderr: openOutputPipe(paths.stderr) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openOutputPipe(path: string): OutputPipe {
  // The reader is opened first and without blocking. Otherwise each open would wait for the other.
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writableFd = openSync(path, constants.O_WRONLY);
  return {
    readable: new Socket({ fd: readFd, readable: true, writable: false }),
    writableFd,
    closeWritable: () => closeSync(writableFd),
  };
}
