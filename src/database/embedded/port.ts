import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/**
 * Finds a TCP port of 127.0.0.1 that is free now. If it is free, that is the one that this data directory had last
 * time, so that addresses that were written down stay good. Another process may take the port before the server does.
 * Then ask again.
 */
export async function findFreePort(dataDirectory: string): Promise<number> {
  const last = await readLastPort(dataDirectory);
  const kept = last === null ? null : await tryPort(last);
  const port = kept ?? (await tryPort(0));
  if (port === null) throw new Error("no free TCP port on 127.0.0.1");
  return port;
}

/**
 * Reads the port from `postmaster.opts`. Postgres writes its command line there, and leaves it there when it stops.
 */
async function readLastPort(dataDirectory: string): Promise<number | null> {
  const options = await readFile(join(dataDirectory, "postmaster.opts"), "utf8").catch(() => "");
  const port = /"port=(\d+)"/.exec(options)?.[1];
  return port ? Number(port) : null;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : null));
    });
  });
}
