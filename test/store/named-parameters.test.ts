import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { createTenantClient, statement } from "../../src/store/statement.js";
import { type TestDatabase, createTestDatabase } from "../support/database.js";

const tenant = "FROM (SELECT :tenantId::text AS tenant_id) AS own";
let database: TestDatabase;
let pool: ReturnType<typeof openPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connectionString: database.url, connections: 1, onError: () => {} });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe("a statement's parameters", () => {
  it("are numbered by their names, each once, and casts are none", () => {
    const made = statement(`SELECT :b::text, :a, :b, 'x'::text ${tenant} WHERE tenant_id <> :a`);
    expect(made.text).toBe(
      "SELECT $1::text, $2, $1, 'x'::text FROM (SELECT $3::text AS tenant_id) AS own WHERE tenant_id <> $2",
    );
    expect(made.parameters).toEqual(["b", "a", "tenantId"]);
  });

  it("take the values of their names, in whatever order they are given", async () => {
    const sum = statement<{ text: string }, { a: string; b: number }>(
      `SELECT tenant_id || :a::text || :b::int || :a::text AS text ${tenant}`,
    );
    expect(await createTenantClient(pool, "t").rows(sum, { b: 2, a: "x" })).toEqual([{ text: "tx2x" }]);
  });

  it("may be null, but not left out", async () => {
    const one = statement<{ value: string | null }, { value: string | null }>(
      `SELECT :value::text AS value ${tenant}`,
    );
    const client = createTenantClient(pool, "t");
    expect(await client.rows(one, { value: null })).toEqual([{ value: null }]);
    await expect(client.rows(one, {} as never)).rejects.toThrow(":value is not given");
  });

  it("are never without the tenant, whom no value can take the place of", async () => {
    expect(() => statement("SELECT 1")).toThrow("without a tenant");
    expect(() => statement("SELECT tenant_id FROM run WHERE tenant_id = :tenant")).toThrow(
      "without a tenant",
    );
    const own = statement<{ tenant_id: string }, { tenantId: string }>(`SELECT tenant_id ${tenant}`);
    expect(await createTenantClient(pool, "t").rows(own, { tenantId: "other" })).toEqual([
      { tenant_id: "t" },
    ]);
  });
});
