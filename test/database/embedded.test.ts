import { once } from "node:events";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { findBinaries } from "../../src/database/embedded/binaries.js";
import { ensureCluster } from "../../src/database/embedded/cluster.js";
import { findHome } from "../../src/database/embedded/home.js";
import { type EmbeddedPostgres, openEmbedded } from "../../src/database/embedded/open.js";
import { findProcess } from "../../src/database/embedded/os-process.js";
import { spawnPostmaster } from "../../src/database/embedded/postmaster.js";
import { createDataDir, createFolder } from "../support/embedded/folder.js";
import { isRunning, query, readPid } from "../support/embedded/server.js";
import { overTcp } from "../support/tcp-proxy.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let opened: EmbeddedPostgres[] = [];
afterEach(async () => {
  await Promise.all(opened.map((database) => database.close()));
  opened = [];
});

async function openHere(dataDir: string): Promise<EmbeddedPostgres> {
  const database = await openEmbedded({ dataDir, log: () => {} });
  opened.push(database);
  return database;
}

test("data, address and password outlive a close", async () => {
  const dataDir = await createFolder();
  const first = await openHere(dataDir);
  expect(first.started).toBe(true);
  expect(first.version).toMatch(/^18\./);
  await query(first.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer");
  const pid = readPid(dataDir);
  await first.close();
  await first.close();
  expect(await findProcess(pid)).toBe(null);
  expect(isRunning(dataDir)).toBe(false);

  const second = await openHere(dataDir);
  expect(second.started).toBe(true);
  expect(second.connection).toEqual(first.connection);
  expect(await query(second.url("postgres"), "SELECT answer FROM kept")).toEqual([42]);
});

test("it is durable, in UTC, in UTF-8, and knows letters beyond ASCII", async () => {
  const { url } = await openHere(await createDataDir());
  const settings = ["fsync", "synchronous_commit", "full_page_writes", "TimeZone", "max_connections"];
  const list = settings.map((name) => `current_setting('${name}')`).join(", ");
  expect(await query(url("postgres"), `SELECT ${list}`)).toEqual(["on", "on", "on", "UTC", "200"]);
  expect(await query(url("postgres"), "SELECT lower('ÄЖ'), getdatabaseencoding()")).toEqual(["äж", "UTF8"]);
  await query(url("postgres"), "CREATE EXTENSION pg_trgm");
  expect(await query(url("postgres"), "SELECT 'привет' % 'приветы'")).toEqual([true]);
});

test("only 127.0.0.1 is served, only with the password, which only its owner can read", async () => {
  const dataDir = await createDataDir();
  const { connection, url } = await openHere(dataDir);
  expect(await query(url("postgres"), "SHOW listen_addresses")).toEqual(["127.0.0.1"]);
  const guess = url("postgres").replace(connection.password, "guess");
  await expect(query(guess, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  expect(statSync(join(dataDir, "postgres/agentrun.password")).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === "win32")(
  "it is reached by a Unix socket in the data directory, or by its port where the path would be too long",
  async () => {
    const address = "SELECT coalesce(inet_server_addr()::text, 'socket')";
    const short = await openHere(await createDataDir());
    expect(await query(short.url("postgres"), address)).toEqual(["socket"]);
    expect(await query(overTcp(short.url("postgres")).href, address)).toEqual(["127.0.0.1/32"]);
    const long = await openHere(join(await createDataDir(), "a".repeat(80)));
    expect(await query(long.url("postgres"), address)).toEqual(["127.0.0.1/32"]);
  },
);

test.skipIf(process.platform === "win32")(
  "where no socket can be made it is reached by its port",
  async () => {
    const dataDir = await createDataDir();
    const first = await openHere(dataDir);
    await first.close();
    // What stands there is no socket, and cannot be removed as one.
    await mkdir(join(dataDir, "postgres", `.s.PGSQL.${first.connection.port}`));
    const second = await openHere(dataDir);
    const address = "SELECT coalesce(inet_server_addr()::text, 'socket')";
    expect(await query(second.url("postgres"), address)).toEqual(["127.0.0.1/32"]);
  },
);

test("a port that was taken meanwhile is left alone", async () => {
  const dataDir = await createDataDir();
  const first = await openHere(dataDir);
  await first.close();
  const stranger = createServer().listen(first.connection.port, "127.0.0.1");
  await once(stranger, "listening");
  onTestFinished(() => void stranger.close());
  const second = await openHere(dataDir);
  expect(second.connection.port).not.toBe(first.connection.port);
});

test("a server that finds its port taken while it starts may be tried again", async () => {
  const dataDir = await createDataDir();
  const home = await findHome(dataDir, () => {});
  const binaries = await findBinaries(home, () => {});
  const cluster = await ensureCluster(home, binaries, true, () => {});
  const stranger = createServer().listen(0, "127.0.0.1");
  await once(stranger, "listening");
  onTestFinished(() => void stranger.close());
  const port = (stranger.address() as AddressInfo).port;
  const postmaster = await spawnPostmaster(cluster, home, binaries, port, {
    durable: true,
    socketDirectory: null,
  });
  await vi.waitUntil(() => postmaster.exited());
  expect(await postmaster.explainExit()).toMatchObject({ passing: true });
  await postmaster.closeLog();
});

test("a server that cannot start says why", async () => {
  const dataDir = await createDataDir();
  await (await openHere(dataDir)).close();
  writeFileSync(join(dataDir, "postgres/postgresql.conf"), "no_such_setting = 1\n");
  await expect(openHere(dataDir)).rejects.toThrow(/did not start[^]*no_such_setting/);
});

test("data of another version of Postgres is not touched", async () => {
  const dataDir = await createDataDir();
  await (await openHere(dataDir)).close();
  writeFileSync(join(dataDir, "postgres/PG_VERSION"), "17\n");
  await expect(openHere(dataDir)).rejects.toThrow(/made by Postgres 17, but the binaries are of Postgres 18/);
});

test("a folder that holds something else is not touched", async () => {
  const dataDir = await createFolder();
  await mkdir(join(dataDir, "postgres"));
  writeFileSync(join(dataDir, "postgres/notes.txt"), "mine");
  await expect(openHere(dataDir)).rejects.toThrow(/is no database of Postgres/);
  expect(readdirSync(dataDir)).toEqual(["postgres"]);
});
