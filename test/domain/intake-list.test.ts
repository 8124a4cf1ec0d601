import { buildSchema, getNamedType, isInputObjectType } from "graphql";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { intakeList } from "../../src/domain/intake-list.js";
import { holdsSecret } from "../../src/domain/redaction/secret-spans.js";

it("each text and JSON value that an input takes is redacted, refused or a key, and nothing else is listed", () => {
  const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
  const taken = Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .flatMap((input) =>
      Object.values(input.getFields())
        .filter(({ type }) => ["String", "JSON"].includes(getNamedType(type).name))
        .map(({ name }) => `${input.name}.${name}`),
    );
  expect([...intakeList.keys()].toSorted()).toEqual(taken.toSorted());
});

it.each([
  `ghp_${"a1B2".repeat(9)}`,
  `agent/glpat-${"a1B2c".repeat(4)}`,
  `xoxb-${"1234567890".repeat(2)}-abcdef`,
  "https://bob:hunter2@registry.test/agent:1",
])("a name that holds %s holds a secret", (name) => {
  expect(holdsSecret(name)).toBe(true);
});

it.each([
  "token",
  "secret-agent",
  "password reset",
  "registry.example/agent@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  "0190f6a2-7c1e-7b3a-9d2f-1a2b3c4d5e6f",
  "3f786850e387550fdab836ed7e6dc881de23001b",
  "Task: fix the API key page",
  "https://github.com/o/r/pull/42",
])("a name may be %s", (name) => {
  expect(holdsSecret(name)).toBe(false);
});
