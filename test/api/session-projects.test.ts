import { expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { shareService } from "../support/shared-service.js";
import { createRun, uniqueName } from "../support/work.js";

const projectsDocument = graphql(`
  query SessionProjects($first: Int, $after: String) {
    sessionProjects(first: $first, after: $after)
  }
`);

const expireDocument = graphql(`
  mutation ExpireInProject($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
`);

const service = shareService();

const projects = async (input: { first?: number; after?: string } = {}) =>
  (await service.ask(projectsDocument, input)).sessionProjects;

it("the projects of sessions, each once, in their order, page by page", async () => {
  expect(await projects()).toEqual([]);
  for (const projectId of ["cart", "api", "cart", "docs", "api"])
    await createRun(service, { projectId, session: { sessionId: uniqueName("s") } });
  expect(await projects()).toEqual(["api", "cart", "docs"]);
  expect(await projects({ first: 2 })).toEqual(["api", "cart"]);
  expect(await projects({ first: 2, after: "cart" })).toEqual(["docs"]);
  expect(await projects({ first: 0 })).toEqual([]);
  expect(await projects({ after: "docs" })).toEqual([]);
});

it("a project all of whose sessions have expired is none of them", async () => {
  const sessionId = uniqueName("over");
  await createRun(service, { projectId: "over", session: { sessionId } });
  expect(await projects()).toContain("over");
  await service.ask(expireDocument, {
    input: { session: { sessionId }, expiresAt: "2020-01-01T00:00:00Z" },
  });
  expect(await projects()).not.toContain("over");
});

it("a number or a name that cannot be is refused", async () => {
  await expect(projects({ first: 101 })).rejects.toThrow("first must be from 0 to 100");
  await expect(projects({ first: -1 })).rejects.toThrow("first must be from 0 to 100");
  await expect(projects({ after: "x".repeat(300) })).rejects.toThrow("after");
});
