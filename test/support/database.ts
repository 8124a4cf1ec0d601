import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { onServer } from "./postgres-server.js";

/** A database of a test's own, copied from the migrated template. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Creates a database; `empty` for one without migrations. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const serverUrl = process.env["AGENTRUN_TEST_SERVER_URL"] ?? "";
  const template = options.empty ? "template1" : process.env["AGENTRUN_TEST_TEMPLATE"];
  const strategy = process.env["AGENTRUN_TEST_COPY_STRATEGY"];
  const name = `agentrun_test_${randomBytes(8).toString("hex")}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${strategy}`);
      break;
    } catch (error) {
      // Somebody else is copying the template at this moment.
      if ((error as { code?: string }).code !== "55006" || attempt === 3_000) throw error;
      await delay(20);
    }
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
