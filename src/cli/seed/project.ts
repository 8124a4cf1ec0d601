import type { Random } from "./random.js";

/** The projects in which stories take place. */
export type ProjectId = "checkout-service" | "mobile-app" | "data-platform" | "docs-site";

const projects: Record<ProjectId, { ticket: string; subdir: string | null; sparsePaths: string[] }> = {
  "checkout-service": { ticket: "CHK", subdir: null, sparsePaths: ["src", "test", "migrations"] },
  "mobile-app": { ticket: "APP", subdir: "apps/mobile", sparsePaths: ["apps/mobile", "packages/ui"] },
  "data-platform": { ticket: "DATA", subdir: null, sparsePaths: ["pipelines", "sql"] },
  "docs-site": { ticket: "DOCS", subdir: "site", sparsePaths: [] },
};

const people = ["ana", "bruno", "chidi", "dalia", "emre", "fatou", "goran", "hana"];

/** Makes the metadata of a session of the project. Like people, it gives a title only sometimes. */
export function writeMetadata(projectId: ProjectId, title: string, random: Random): Record<string, unknown> {
  const ticket = `${projects[projectId].ticket}-${random.whole(100, 1999)}`;
  return {
    ...(random.chance(0.6) ? { title } : {}),
    ticket,
    requestedBy: random.pick(people),
    labels: random.shuffle(["backlog", "on-call", "quality", "release"]).slice(0, random.whole(0, 2)),
    branch: `agent/${ticket.toLowerCase()}`,
  };
}

/** Makes the resource bundle of a run of the project, which says where its files come from. */
export function writeBundle(projectId: ProjectId, random: Random): Record<string, unknown> {
  const { subdir, sparsePaths } = projects[projectId];
  return {
    kind: "git",
    repoUrl: `https://git.example.com/acme/${projectId}.git`,
    commitId: random.hex(40),
    subdir,
    sparsePaths,
    toolAliases: [{ name: "rg" }, { name: "test" }],
    promptRefs: [{ name: "house-rules", required: true }],
    skillRefs: random.chance(0.5) ? [{ name: "write-tests" }] : [],
    submodules: false,
    lfs: projectId === "mobile-app",
    credentialRef: { name: `${projectId}-read`, namespace: "agents", keys: ["username", "password"] },
  };
}
