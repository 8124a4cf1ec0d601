/*
 * Who uses the server. Every process holds a shared advisory lock on a connection of its own, which Postgres itself
 * takes away however the process dies; whoever leaves and can turn it into the exclusive one was the last, and while
 * stopping the server keeps newcomers waiting (they are then disconnected and start it anew).
 */
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { Cluster } from "./cluster.js";
import { USER } from "./settings.js";

/** Any number that nothing else in the cluster's database `postgres` locks. */
const LOCK = "4711250817";

export interface Lease {
  /** Of the server, as in 18.4. */
  version: string;
  /** Gives the lease up. `last`: nobody else has one, nor gets one before `end`. `gone`: no server answers. */
  release(): Promise<"last" | "shared" | "gone">;
  end(): Promise<void>;
}

/** A server answered that is not the one of this cluster. */
export class ForeignServerError extends Error {
  override readonly name = "ForeignServerError";
}

/** Connects and takes a lease. Rejects with the error of the connection, or if the server is another directory's. */
export async function takeLease(cluster: Cluster, port: number): Promise<Lease> {
  const { client: first, version } = await connect(cluster, port);
  let client = first;
  let leaving = false;
  let lost = false;

  // A crash of one backend disconnects everyone, and the server goes on: so must the lease.
  const retake = async () => {
    lost = true;
    while (!leaving && lost) {
      const again = await connect(cluster, port).catch(() => null);
      if (again && leaving) {
        await again.client.end();
      } else if (again) {
        client = again.client;
        lost = false;
        watch();
      } else {
        await delay(500, null, { ref: false });
      }
    }
  };
  const watch = () => {
    client.once("end", () => void retake());
  };
  watch();

  return {
    version,
    async release() {
      leaving = true;
      if (lost) {
        const again = await connect(cluster, port).catch(() => null);
        if (!again) return "gone";
        client = again.client;
      }
      try {
        await client.query(`SELECT pg_advisory_unlock_shared(${LOCK})`);
        const { rows } = await client.query(`SELECT pg_try_advisory_lock(${LOCK}) AS last`);
        return rows[0].last === true ? "last" : "shared";
      } catch {
        return "gone";
      }
    },
    async end() {
      await client.end().catch(() => {});
    },
  };
}

async function connect(cluster: Cluster, port: number): Promise<{ client: Client; version: string }> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: USER,
    password: cluster.password,
    database: "postgres",
    application_name: "agentrun-graph lease",
    connectionTimeoutMillis: 5000,
    lock_timeout: 30_000,
  });
  client.on("error", () => {}); // "end" follows, and says all there is to do
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('data_directory') AS directory");
    if (!(await isSameFolder(rows[0].directory, cluster.directory)))
      throw new ForeignServerError(rows[0].directory);
    const locked = await client.query(
      `SELECT current_setting('server_version') AS version, pg_advisory_lock_shared(${LOCK})`,
    );
    return { client, version: String(locked.rows[0].version).split(" ")[0] ?? "" };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(one).catch(() => null), stat(other)]);
  return a !== null && a.ino === b.ino && a.dev === b.dev;
}
