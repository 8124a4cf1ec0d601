import { execFile } from "node:child_process";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { installEmbedded } from "./install.js";
import { startEmbeddedProcess } from "./process.js";

export const isRoot = process.getuid?.() === 0;

/** An ordinary OS user that every machine has, for tests that run as root. */
export const NOBODY = 65534;

/** A folder for one test, owned by the OS user (default: the test's own) that the test is about. */
export async function createFolder(uid?: number): Promise<string> {
  const folder = await makeFolder(uid);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

let openInstall: Promise<string> | undefined;

/** The compiled module for a process of another OS user: this checkout may be closed to it, so an open copy. */
export async function openModuleFor(uid: number | undefined): Promise<string | undefined> {
  if (uid === undefined) return undefined;
  openInstall ??= (async () => {
    const folder = await makeFolder(undefined, process.env["AGENTRUN_TEST_FOLDER"]);
    return installEmbedded(folder, { links: true });
  })();
  return openInstall;
}

const templates = new Map<number | undefined, string>();

/** A folder with a database in it, stopped: a copy, because making one takes a second. */
export async function createDataDir(uid?: number): Promise<string> {
  let template = templates.get(uid);
  if (!template) {
    template = await makeFolder(uid, process.env["AGENTRUN_TEST_FOLDER"]);
    templates.set(uid, template);
    const openModule = await openModuleFor(uid);
    await startEmbeddedProcess({ dataDir: template, uid, openModule }).close();
  }
  const folder = await createFolder(uid);
  await copyFolder(template, folder);
  return folder;
}

/** Copies the contents with owners, modes and times. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", `${from}/.`, to]);
}

/** Makes a folder; inside the one that goes after all tests, where that is named. */
async function makeFolder(uid?: number, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, "embedded-test-"));
  await chmod(folder, 0o755);
  if (uid !== undefined) await chown(folder, uid, uid);
  return folder;
}
