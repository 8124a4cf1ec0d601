import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Opens a standard input that holds this text and then ends. It is a file whose name has been removed. A process may
 * leave it unread without harm. It may also open /dev/stdin, which fails on the sockets that Node gives.
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
