/*
 * Keeps track of the processes that use the server. Every process holds a shared advisory lock on a connection of its
 * own. Postgres takes the lock away however the process dies. A process that leaves tries to take the lock exclusively
 * instead. If it can, it was the last one. While it then stops the server, newcomers wait for the lock. They are
 * disconnected by the stop and start the server anew.
 */
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { Cluster } from "./cluster.js";
import { USER } from "./settings.js";

/** The key of the lock: any number that nothing else in the cluster's database `postgres` locks. */
const LOCK = "4711250817";

/** A process's share in the server. */
export interface Lease {
  /** The server's version, such as 18.4. */
  version: string;
  /**
   * Gives the lease up. Gives `last` if no other process has one (then none gets one before `end`), `shared` if
   * another has, and `gone` if no server answers.
   */
  release(): Promise<"last" | "shared" | "gone">;
  /** Closes the connection of the lease. Never rejects. */
  end(): Promise<void>;
}

/** Says that a server answered that is not the one of this cluster. */
export class ForeignServerError extends Error {
  override readonly name = "ForeignServerError";
}

/**
 * Connects to the server and takes a lease. Rejects with the error of the connection, or with {@link
 * ForeignServerError} if the server belongs to another data directory.
 */
export async function takeLease(cluster: Cluster, port: number): Promise<Lease> {
  const { client: first, version } = await connect(cluster, port);
  let client = first;
  let leaving = false;
  let lost = false;

  // If one backend crashes, everyone is disconnected and the server goes on. So the lease must be taken again.
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
  client.on("error", () => {}); // "end" follows, and its listener does all that is to be done
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
