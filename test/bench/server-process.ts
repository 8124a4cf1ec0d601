import { openChild } from "./child.js";

/** How many connections each side has to the database. */
export const connections = 16;

/** What a server's process answers. */
export type ServerAnswers = {
  /** Listens, over a database, and says at which URL. */
  open(databaseUrl: string): Promise<string>;
  /** What the process holds of the machine's memory after a collection. */
  residentBytes(): number;
};

/** A server with an event loop and a memory of its own. */
export interface ServerProcess {
  url: string;
  residentBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Starts the service, or the bare `ws` server beside it. */
export async function openServerProcess(
  name: "service" | "bare",
  databaseUrl: string,
): Promise<ServerProcess> {
  const child = openChild<ServerAnswers>(new URL(`./${name}-process.js`, import.meta.url));
  try {
    const url = await child.ask("open", databaseUrl);
    return { url, residentBytes: () => child.ask("residentBytes"), close: child.close };
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** Of this process, after a full collection. */
export function readResidentBytes(): number {
  for (let time = 0; time < 3; time += 1) globalThis.gc?.();
  return process.memoryUsage.rss();
}
