import { randomUUID } from "node:crypto";
import pg from "pg";

/**
 * Makes an empty database on the server of `connectionString`, runs `work` with a pool on it, and drops it afterwards.
 * The user must be allowed to create databases. If the process is killed meanwhile, it leaves `agentrun_shadow_...`
 * behind.
 */
export async function withShadowDatabase<Result>(
  connectionString: string,
  work: (pool: pg.Pool) => Promise<Result>,
): Promise<Result> {
  const admin = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await admin.connect();
  try {
    const database = `agentrun_shadow_${randomUUID().replaceAll("-", "")}`;
    await admin.query(`CREATE DATABASE "${database}" TEMPLATE template0`);
    // The fields are given one by one, since the database in a connection string wins over the field `database`.
    const { host, port, user, password, ssl } = admin;
    const pool = new pg.Pool({ host, port, user, password, ssl, database, max: 1, idleTimeoutMillis: 0 });
    // The pool's end does not wait for its connections to close, so the drop may cut them.
    pool.on("error", () => {});
    try {
      return await work(pool);
    } finally {
      await pool.end();
      await admin.query(`DROP DATABASE "${database}" WITH (FORCE)`);
    }
  } finally {
    await admin.end();
  }
}
