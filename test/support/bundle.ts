import { mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const project = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundles modules of `src`, as the build bundles the program, for a Node process of the test's own. Gives their paths, in
 * order, in the folder; by default that is a new one that finds this checkout's packages and goes after all tests.
 */
export async function bundleModules(modules: readonly string[], folder?: string): Promise<string[]> {
  const dir = folder ?? (await makeFolder());
  const bundle = await rolldown({
    cwd: project,
    input: modules.map((module) => join("src", module)),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({ dir, format: "esm" });
  await bundle.close();
  return modules.map((module) => join(dir, basename(module).replace(/\.ts$/, ".js")));
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(process.env["AGENTRUN_TEST_FOLDER"] ?? tmpdir(), "bundle-"));
  await symlink(join(project, "node_modules"), join(folder, "node_modules"));
  return folder;
}
