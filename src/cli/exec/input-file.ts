import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A standard input that holds this text and then ends. It is a file that has lost its name: a process may leave it unread
 * without harm, and open /dev/stdin, which fails on the sockets that Node gives.
 */
export function openInputFile(text: string): { fd: number; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "agentrun-exec-"));
  try {
    const path = join(folder, "stdin");
    writeFileSync(path, text, { mode: 0o600 });
    const fd = openSync(path, "r");
    return { fd, close: () => closeSync(fd) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
