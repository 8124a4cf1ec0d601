import { open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "./home.js";

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The file `<home>/postgres.log`, opened for one server start. Close it once the server runs, which has its own
 * handle.
 */
export interface ServerLog {
  fd: number;
  /** Reads what was written since it was opened, at most the last 64 KiB. */
  readNew(): Promise<string>;
  close(): Promise<void>;
}

/** Opens the log for appending. If it has grown past 4 MiB, it becomes `postgres.log.1` and a new one is begun. */
export async function openServerLog(home: Home): Promise<ServerLog> {
  const file = join(home.directory, "postgres.log");
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_BYTES) await rename(file, `${file}.1`).catch(() => {});
  const handle = await open(file, "a+", 0o600);
  if (home.account) await handle.chown(home.account.uid, home.account.gid);
  const start = (await handle.stat()).size;
  return {
    fd: handle.fd,
    async readNew() {
      const end = (await handle.stat()).size;
      const buffer = Buffer.alloc(Math.min(end - start, 64 * 1024));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, end - buffer.length);
      return buffer.toString("utf8", 0, bytesRead);
    },
    close: () => handle.close(),
  };
}
