import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { graphql } from "../support/graphql.js";
import { runProgram, runService } from "../support/program.js";
import { callerOf } from "../support/start-service.js";

describe("agentrun-graph", () => {
  it("token makes a token that a service with the same secret accepts", async () => {
    const AUTH_SECRET = "a secret of at least thirty-two bytes!";
    const program = runProgram(
      ["token", "--tenant", "acme", "--reader", "ada", "--scopes", "reader,runner"],
      { AUTH_SECRET },
    );
    expect(await program.ended).toBe(0);
    const service = await runService({ AUTH_SECRET, HOST: "127.0.0.1" }, ["--ephemeral"]);
    const whoIsViewer = graphql(`query WhoIsViewer { viewer { tenantId readerId scopes } }`);
    const { data } = await callerOf(service.url, program.stdout().trim())(whoIsViewer);
    expect(data?.viewer).toEqual({ tenantId: "acme", readerId: "ada", scopes: ["reader", "runner"] });
    service.child.kill("SIGTERM");
    await service.ended;
    const wrong = runProgram(["token", "--tenant", "acme", "--scopes", "root"], { AUTH_SECRET });
    expect(await wrong.ended).toBe(1);
    expect(wrong.stderr()).toMatch(/--scopes must be some of reader, runner, operator/);
  });

  it("schema prints what schema.graphql holds", async () => {
    const program = runProgram(["schema"]);
    await program.ended;
    expect(program.stdout()).toBe(await readFile("schema.graphql", "utf8"));
  });

  it("migrate brings a database up to date, once", async () => {
    const database = await createTestDatabase({ empty: true });
    const first = runProgram(["migrate"], { DATABASE_URL: database.url });
    expect(await first.ended).toBe(0);
    expect(first.stdout()).toMatch(/applied \d+_initial/);
    const second = runProgram(["migrate"], { DATABASE_URL: database.url });
    expect(await second.ended).toBe(0);
    expect(second.stdout()).toMatch(/nothing to do/);
    await database.drop();
  });

  it.each([
    [["start", "--port", "http"], /--port must be a whole number from 0 to 65535, not "http"/],
    [["serve", "--prot", "1"], /Did you mean --port\?/],
    [["serve", "--ephemral"], /Did you mean --ephemeral\?/],
    [["serv"], /Did you mean serve\?/],
    [
      ["token", "--tenant", "t", "--ttl", "1h"],
      /--ttl must be a whole number from 1 to 1000000000, not "1h"/,
    ],
    [
      ["key", "create", "--name", "k", "--scopes", "root"],
      /--scopes must be some of reader, runner, operator/,
    ],
    [["seed", "--sessions", "many"], /--sessions must be a whole number from 1 to 100000, not "many"/],
  ])("a slip of the pen as in %j is told with what is meant or allowed", async (args, message) => {
    const program = runProgram(args);
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(message);
    expect(program.stdout()).toBe("");
  });
});
