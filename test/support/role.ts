import { onTestFinished } from "vitest";
import type { TestDatabase } from "./database.js";
import { onServer } from "./postgres-server.js";

/** A role of a test's own. */
export interface TestRole {
  name: string;
  /** The database, as the role reaches it. */
  url: URL;
}

/** Creates a role that may log in and has no rights, with `attributes` as CREATE ROLE takes them. It ends with the test. */
export async function createRole(database: TestDatabase, attributes = ""): Promise<TestRole> {
  const url = new URL(database.url);
  const name = `role_of_${url.pathname.slice(1)}`;
  url.username = name;
  url.password = "of a test";
  await onServer(database.url, `CREATE ROLE ${name} LOGIN PASSWORD 'of a test' ${attributes}`);
  onTestFinished(async () => {
    await onServer(database.url, `DROP OWNED BY ${name} CASCADE`);
    await onServer(database.url, `DROP ROLE ${name}`);
  });
  return { name, url };
}
