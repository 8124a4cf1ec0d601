import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { findProcess } from "../../src/database/embedded/os-process.js";
import {
  NOBODY,
  copyFolder,
  createDataDir,
  createFolder,
  isRoot,
  openModuleFor,
} from "../support/embedded/folder.js";
import {
  type EmbeddedProcess,
  type ProcessOptions,
  startEmbeddedProcess,
} from "../support/embedded/process.js";
import { isRunning, query, readPid } from "../support/embedded/server.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const processes: EmbeddedProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.end()));
});

function start(options: ProcessOptions): EmbeddedProcess {
  const started = startEmbeddedProcess(options);
  processes.push(started);
  return started;
}

const users: { name: string; uid?: number }[] = isRoot
  ? [{ name: "root" }, { name: "an ordinary user", uid: NOBODY }]
  : [{ name: "this user" }];

describe.each(users)("several processes of $name", ({ uid }) => {
  let openModule: string | undefined;
  beforeAll(async () => {
    openModule = await openModuleFor(uid);
  });

  test("the last one to leave stops the server", async () => {
    const dataDir = await createDataDir(uid);
    const first = start({ dataDir, uid, openModule });
    const { url, started } = await first.opened;
    expect(started).toBe(true);
    const second = start({ dataDir, uid, openModule });
    expect(await second.opened).toMatchObject({ url, started: false });
    const pid = readPid(dataDir);

    const logs = await first.close();
    expect(logs.at(-1)).toMatch(/another process uses it/);
    expect(await query(url, "SELECT 1")).toEqual([1]);
    await second.close();
    expect(await findProcess(pid)).toBe(null);
    expect(isRunning(dataDir)).toBe(false);
  });

  test("started at once on an empty folder, they share one server", async () => {
    const dataDir = await createFolder(uid);
    const processes = [
      start({ dataDir, uid, openModule }),
      start({ dataDir, uid, openModule }),
      start({ dataDir, uid, openModule }),
    ];
    const opened = await Promise.all(processes.map((each) => each.opened));
    expect(new Set(opened.map(({ url }) => url)).size).toBe(1);
    expect(opened.filter(({ started }) => started)).toHaveLength(1);
    await Promise.all(processes.map((each) => each.close()));
    expect(isRunning(dataDir)).toBe(false);
    expect(readdirSync(dataDir).sort()).toEqual(["postgres", "postgres.log"]);
  });
});

test("a killed server is taken over with all that was committed", async () => {
  const dataDir = await createDataDir();
  const first = start({ dataDir });
  const { url } = await first.opened;
  await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
  process.kill(readPid(dataDir), "SIGKILL");
  const next = start({ dataDir });
  const taken = await next.opened;
  expect(taken.started).toBe(true);
  expect(await query(taken.url, "SELECT answer FROM kept")).toEqual([42]);
  await first.close();
  expect(await query(taken.url, "SELECT 1")).toEqual([1]);
  await next.close();
  expect(isRunning(dataDir)).toBe(false);
});

test("a pid file that names another living program, or nobody, is taken over", async () => {
  const dataDir = await createDataDir();
  const first = start({ dataDir });
  await first.opened;
  await first.kill("SIGKILL");
  const pidFile = join(dataDir, "postgres/postmaster.pid");
  const { uid: owner } = statSync(pidFile);
  const stranger = spawn("sleep", ["300"], isRoot ? { uid: owner, gid: owner } : {});
  await once(stranger, "spawn");
  onTestFinished(() => void stranger.kill());

  const stale = [readFileSync(pidFile, "utf8").replace(/^\d+/, `${stranger.pid}`), ""];
  process.kill(readPid(dataDir), "SIGKILL");
  for (const text of stale) {
    writeFileSync(pidFile, text);
    const next = start({ dataDir });
    expect((await next.opened).started).toBe(true);
    await next.close();
  }
  expect(stranger.exitCode).toBe(null);
});

test("an ephemeral database leaves nothing, and clears away what a killed one left", async () => {
  const temporary = await createFolder();
  const env = { TMPDIR: temporary };
  const [killed, other] = [start({ ephemeral: true, env }), start({ ephemeral: true, env })];
  const url = (await killed.opened).url;
  expect((await other.opened).url).not.toBe(url);
  await killed.kill("SIGKILL");
  expect(await query(url, "SELECT current_setting('fsync')")).toEqual(["off"]);
  expect(readdirSync(temporary)).toHaveLength(2);

  const next = start({ ephemeral: true, env });
  await next.opened;
  await expect(query(url, "SELECT 1")).rejects.toMatchObject({ syscall: "connect" });
  expect(await query((await other.opened).url, "SELECT 1")).toEqual([1]);
  await Promise.all([next.close(), other.close()]);
  expect(readdirSync(temporary)).toEqual([]);
});

test("one that opens while the last one closes gets a server", async () => {
  const dataDir = await createDataDir();
  for (let round = 0; round < 3; round++) {
    const first = start({ dataDir });
    await first.opened;
    const second = start({ dataDir });
    await once(second.child, "spawn");
    await Promise.all([first.close(), second.opened]);
    expect(await query((await second.opened).url, "SELECT 1")).toEqual([1]);
    await second.close();
    expect(isRunning(dataDir)).toBe(false);
  }
});

test.each(["SIGKILL", "SIGINT"] as const)(
  "a server whose process ended by %s is joined, and stopped",
  async (signal) => {
    const dataDir = await createDataDir();
    const killed = start({ dataDir });
    const { url } = await killed.opened;
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await killed.kill(signal);
    expect(await query(url, "SELECT answer FROM kept")).toEqual([42]);

    const next = start({ dataDir });
    expect(await next.opened).toMatchObject({ url, started: false });
    await next.close();
    expect(isRunning(dataDir)).toBe(false);
  },
);

test("a copy of a running data directory gets a server of its own", async () => {
  const dataDir = await createDataDir();
  const original = start({ dataDir });
  const { url } = await original.opened;
  await query(url, "CHECKPOINT");
  const folder = await createFolder();
  await copyFolder(dataDir, folder);
  const copy = start({ dataDir: folder });
  const opened = await copy.opened;
  expect(opened.started).toBe(true);
  expect(opened.url).not.toBe(url);
  await copy.close();
  expect(await query(url, "SELECT 1")).toEqual([1]);
});

test("a process killed while it makes the data leaves nothing that is used", async () => {
  const dataDir = await createFolder();
  const killed = start({ dataDir });
  const watcher = watch(dataDir);
  await once(watcher, "change");
  watcher.close();
  await killed.kill("SIGKILL");
  expect(readdirSync(dataDir)).toEqual([expect.stringMatching(/^postgres\.init-/)]);

  const next = start({ dataDir });
  const { url } = await next.opened;
  expect(await query(url, "SELECT 1")).toEqual([1]);
  await next.close();
  expect(readdirSync(dataDir).sort()).toEqual(["postgres", "postgres.log"]);
});

test("a lease that was cut off is taken again", async () => {
  const dataDir = await createDataDir();
  const [stays, leaves] = [start({ dataDir }), start({ dataDir })];
  const { url } = await stays.opened;
  await leaves.opened;
  const leases = "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'";
  expect(await query(url, leases)).toEqual([2]);
  await query(url, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  await vi.waitFor(async () => expect(await query(url, leases)).toEqual([2]), 5000);
  await leaves.close();
  expect(await query(url, "SELECT 1")).toEqual([1]);
  await stays.close();
  expect(isRunning(dataDir)).toBe(false);
});
