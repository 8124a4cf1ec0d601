import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, listKeys, revokeKey } from "../support/api-key.js";
import { mark, readAttention } from "../support/attention.js";
import { createTestDatabase } from "../support/database.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { openNode, readAllRows } from "../support/node.js";
import {
  type TestService,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { openProxy } from "../support/tcp-proxy.js";
import { append, createRun, createSession, readEvents } from "../support/work.js";

const whoHasKey = graphql(`query WhoHasKey { viewer { tenantId readerId scopes } }`);

/** A key that nobody made. */
const strangers = `agk_${"A1b2".repeat(10)}xyz`;

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: { ...tokenAuth, keys: true } } });
});
afterAll(() => service.close());

/** The status and the message with which a bearer token is refused. */
async function refusalOf(url: string, token: string): Promise<[number, string]> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ viewer { tenantId } }" }),
  });
  const { errors } = (await response.json()) as { errors: { message: string }[] };
  return [response.status, errors[0]?.message ?? ""];
}

describe("a key", () => {
  it("is a bearer token: it has its tenant, its scopes, and a reader of its own", async () => {
    const { key, id } = await createKey(service, { tenant: "globex", scopes: ["reader", "runner"] });
    const viewer = { tenantId: "globex", readerId: id, scopes: ["reader", "runner"] };
    expect((await asking(callerOf(service.url, key)).ask(whoHasKey)).viewer).toEqual(viewer);
    const client = service.connect({ authorization: `Bearer ${key}` });
    const { value } = await client.iterate({ query: "{ viewer { tenantId readerId scopes } }" }).next();
    expect(value?.data).toEqual({ viewer });
    expect(await codeOf(callerOf(service.url, key)(`{ sessions { totalCount } }`))).toBeUndefined();
    const reader = await createKey(service, { scopes: ["reader"] });
    const register = `mutation { registerRunner(input: {}) { runner { id } } }`;
    expect(await codeOf(callerOf(service.url, reader.key)(register))).toBe("FORBIDDEN");
  });

  it("and a token are accepted side by side, and each has marks of its own", async () => {
    const { key, id } = await createKey(service, { tenant: "acme" });
    const [byKey, byToken] = [
      asking(callerOf(service.url, key)),
      asking(callerOf(service.url, await tokenFor("acme"))),
    ];
    const { sessionId } = await createSession(byToken);
    await mark(byKey, "pinSession", sessionId);
    expect(await readAttention(byKey, sessionId)).toMatchObject({
      readerId: id,
      pinnedAt: expect.any(String),
    });
    expect(await readAttention(byToken, sessionId)).toMatchObject({ readerId: "ada", pinnedAt: null });
  });

  it("owns the runners that it registers: neither another key nor a token of its name takes them", async () => {
    const [mine, other] = [
      await createKey(service, { scopes: ["runner"] }),
      await createKey(service, { scopes: ["runner"] }),
    ];
    const registered = await asking(callerOf(service.url, mine.key)).ask(
      `mutation { registerRunner(input: {}) { runner { id } } }`,
    );
    const { id } = registered.registerRunner.runner;
    const again = `mutation { registerRunner(input: { id: "${id}" }) { runner { id } } }`;
    const namesake = await tokenFor("acme", ["runner"], `key:${mine.id}`);
    for (const token of [other.key, namesake, await tokenFor("acme", ["runner"], mine.id)])
      expect(await codeOf(callerOf(service.url, token)(again))).toBe("FORBIDDEN");
    expect(await codeOf(callerOf(service.url, mine.key)(again))).toBeUndefined();
  });

  it("is stored as its SHA-256 alone, and taken out of what is stored of agents", async () => {
    const { key, prefix } = await createKey(service);
    const asks = asking(callerOf(service.url, key));
    const runId = await createRun(asks);
    await append(asks, runId, [`the key is ${key}, I think`]);
    const event = (await readEvents(asks, runId)).find(({ type }) => type === "ASSISTANT_MESSAGE");
    expect(event).toMatchObject({ payload: { text: "the key is [REDACTED], I think" }, redactionCount: 1 });
    const node = openNode(service);
    const rows = await readAllRows(node);
    await node.pool.end();
    expect(rows).not.toContain(key.slice(prefix.length));
    expect(rows).toContain(prefix);
  });
});

describe("refused with 401, and with words that repeat nothing of it, is", () => {
  it.each([
    ["a key that nobody made", strangers],
    ["half a key", strangers.slice(0, 30)],
    ["a key with more behind it", `${strangers}AAAA`],
    ["the prefix alone", "agk_"],
  ])("%s", async (_what, key) => {
    expect(await refusalOf(service.url, key)).toEqual([401, "the API key is not valid"]);
    expect(await (await openSocket(service.url, key)).closed).toEqual([4401, "the API key is not valid"]);
  });

  it("a key that was revoked, though it was used a moment ago", async () => {
    const { key, id } = await createKey(service);
    await asking(callerOf(service.url, key)).ask(whoHasKey);
    await revokeKey(service, id);
    await expect.poll(() => refusalOf(service.url, key)).toEqual([401, "the API key was revoked"]);
  });

  it("a key that has expired, also one that was used a moment ago, and its socket ends with it", async () => {
    const { key } = await createKey(service, { expiresInSeconds: 2 });
    const { frames, closed } = await openSocket(service.url, key);
    expect(frames).toEqual([{ type: "connection_ack" }]);
    expect(await closed).toEqual([4403, "the API key has expired"]);
    expect(await refusalOf(service.url, key)).toEqual([401, "the API key has expired"]);
  });

  it("a key, if the service takes tokens alone; and a token, if it takes keys alone", async () => {
    const { databaseUrl } = service;
    const { key } = await createKey(service);
    await using tokens = await startService({ databaseUrl, config: { auth: tokenAuth } });
    expect(await refusalOf(tokens.url, key)).toEqual([401, "the token is not valid"]);
    await using keys = await startService({ databaseUrl, config: { auth: { kind: "keys", keys: true } } });
    const words = "the token is not valid: this service takes API keys alone";
    expect(await refusalOf(keys.url, await tokenFor("acme"))).toEqual([401, words]);
    expect((await asking(callerOf(keys.url, key)).ask(whoHasKey)).viewer.tenantId).toBe("acme");
  });
});

describe("looking a key up", () => {
  const lookUps = /FROM api_key WHERE hash/;
  const uses = /UPDATE api_key SET last_used_at/;

  it("costs one statement for many requests, of a key or of none, and writes its use once", async () => {
    const { key } = await createKey(service);
    for (const [token, written] of [
      [key, 1],
      [strangers.replace("xyz", "abc"), 0],
    ] as const) {
      const call = callerOf(service.url, token);
      const sent = await recordStatements(async () => {
        await Promise.all(Array.from({ length: 20 }, () => call(whoHasKey)));
        for (let more = 0; more < 5; more += 1) await call(whoHasKey);
      });
      expect(sent.filter(({ text }) => lookUps.test(text)).length).toBeLessThanOrEqual(2);
      expect(sent.filter(({ text }) => uses.test(text))).toHaveLength(written);
    }
  });

  it("finds it by the index of its hash", async () => {
    const node = openNode(service);
    const sent = await recordStatements(() => refusalOf(service.url, `agk_${"z".repeat(43)}`));
    const lookUp = sent.find(({ text }) => lookUps.test(text));
    const connection = await node.pool.connect();
    await connection.query(
      `INSERT INTO api_key (tenant_id, id, name, prefix, hash, scopes, created_at)
      SELECT tenant_id, n::text, '', '', 'hash ' || n, '{}', now() FROM generate_series(1, 3000) AS n,
        (SELECT tenant_id FROM tenant LIMIT 1) AS any_tenant`,
    );
    await connection.query("ANALYZE api_key");
    await connection.query(`PREPARE explained AS ${lookUp?.text}`);
    const { rows } = await connection.query("EXPLAIN EXECUTE explained(NULL)");
    expect(JSON.stringify(rows)).toContain("api_key_hash_key");
    await connection.query("DEALLOCATE explained; DELETE FROM api_key WHERE hash LIKE 'hash %'");
    connection.release();
    await node.pool.end();
  });

  it("its last use is kept to the minute", async () => {
    const { key, id } = await createKey(service);
    const lastUse = async () => (await listKeys(service)).find((row) => row.id === id)?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    await refusalOf(service.url, strangers);
    await asking(callerOf(service.url, key)).ask(whoHasKey);
    await expect.poll(lastUse).toEqual(expect.any(String));
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    // Another node, which has noted nothing yet, finds that it was used lately, or long ago.
    for (const [ago, isWritten] of [
      ["50 seconds", false],
      ["61 seconds", true],
    ] as const) {
      await client.query(`UPDATE api_key SET last_used_at = clock_timestamp() - $1::interval WHERE id = $2`, [
        ago,
        id,
      ]);
      const before = await lastUse();
      await using node = await startService({
        databaseUrl: service.databaseUrl,
        config: { auth: { kind: "keys", keys: true } },
      });
      await asking(callerOf(node.url, key)).ask(whoHasKey);
      if (isWritten) await expect.poll(lastUse).not.toBe(before);
      else expect(await lastUse()).toBe(before);
    }
    await client.end();
  });

  it("a use that cannot be written, or takes long, harms nothing and holds up nothing", async () => {
    const { key, id } = await createKey(service);
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query(`
      CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
      CREATE TRIGGER refuse_update BEFORE UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION refuse_update();
      BEGIN; SELECT FROM api_key WHERE id = '${id}' FOR UPDATE`);
    const asks = asking(callerOf(service.url, key));
    for (let request = 0; request < 3; request += 1) await asks.ask(whoHasKey);
    const node = openNode(service);
    const waiting = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND query ~ 'UPDATE api_key' AND wait_event_type = 'Lock'`;
    await expect.poll(async () => (await node.pool.query(waiting)).rowCount).toBe(1);
    await client.query("COMMIT");
    await expect.poll(async () => (await node.pool.query(waiting)).rowCount).toBe(0);
    await node.pool.end();
    for (let request = 0; request < 3; request += 1) await asks.ask(whoHasKey);
    expect((await listKeys(service)).find((row) => row.id === id)).toMatchObject({ lastUsedAt: null });
    await client.query("DROP TRIGGER refuse_update ON api_key; DROP FUNCTION refuse_update");
    await client.end();
  });

  it("is UNAVAILABLE while the database is away, over HTTP and over sockets, and is possible again after it", async () => {
    const database = await createTestDatabase();
    // A connection that is being made while a server refuses all others may still come about; behind a proxy none does.
    await using proxy = await openProxy(database.url);
    const socketTimes = { keyRecheckMs: 250, unknownMs: 600_000 };
    const config = { auth: { kind: "keys", keys: true } as const, socketTimes };
    await using node = await startService({ databaseUrl: proxy.url, config });
    const { key } = await createKey({ databaseUrl: database.url });
    const open = await openSocket(node.url, key);
    proxy.cut();
    const { errors } = await callerOf(node.url, strangers)(whoHasKey);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", httpStatus: 503, retryable: true });
    const words = "API keys cannot be looked up now; the same call may succeed later";
    expect(await (await openSocket(node.url, strangers)).closed).toEqual([1013, words]);
    // What cannot be checked stays open.
    expect(open.socket.readyState).toBe(open.socket.OPEN);
    proxy.restore();
    await expect.poll(() => codeOf(callerOf(node.url, key)(whoHasKey))).toBeUndefined();
    open.begin("1", whoHasKey);
    await expect.poll(() => open.frames.at(-1)?.type).toBe("complete");
    open.socket.close();
    await node.close();
    await database.drop();
  });
});
