import { openChild } from "./child.js";

/** How many connections each side has to the database. */
export const connections = 16;

/** What a server's process answers. */
export type ServerAnswers = {
  /** Listens, over a database, and says at which URL. */
  open(databaseUrl: string): Promise<string>;
  readMemory(): Promise<Memory>;
  /** How much CPU the process has used so far, in milliseconds. */
  readCpu(): number;
};

/** What a process holds after a collection, in bytes. */
export interface Memory {
  /** Of the machine's memory. */
  resident: number;
  /** Of that, its live JavaScript objects: steadier, since nothing that is only kept ready is in it. */
  heap: number;
}

/** A server with an event loop and a memory of its own. */
export interface ServerProcess {
  url: string;
  readMemory(): Promise<Memory>;
  /** How much CPU the process has used so far, in milliseconds. */
  readCpu(): Promise<number>;
  close(): Promise<void>;
}

/** Starts the service, or what stands beside it: the floor, or the bare `ws` server. */
export async function openServerProcess(
  name: "service" | "floor" | "bare",
  databaseUrl: string,
): Promise<ServerProcess> {
  const child = openChild<ServerAnswers>(new URL(`./${name}-process.js`, import.meta.url));
  try {
    const url = await child.ask("open", databaseUrl);
    return {
      url,
      readMemory: () => child.ask("readMemory"),
      readCpu: () => child.ask("readCpu"),
      close: child.close,
    };
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** How long is waited between collections for sockets that are still closing, in milliseconds. */
const settleMs = 200;

/** Of this process, after full collections. */
export async function readMemory(): Promise<Memory> {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => void setTimeout(resolve, settleMs));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, heap: heapUsed };
}

/** Of this process, in milliseconds. */
export function readCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
