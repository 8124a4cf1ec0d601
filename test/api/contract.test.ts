import { readFile } from "node:fs/promises";
import { type Change, CriticalityLevel, DiffRule, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { expect, it } from "vitest";
import { schema } from "../../src/graphql/schema.js";

/** What may differ from the contract: its meaning is said in our own words, and enums may have more values. */
const allowed = [DiffRule.ignoreDescriptionChanges];

async function breakingChanges(contract: string): Promise<string[]> {
  const changes: Change[] = await diff(buildSchema(contract), schema, allowed);
  return changes
    .filter(({ criticality }) => criticality.level !== CriticalityLevel.NonBreaking)
    .filter(({ type }) => type !== "ENUM_VALUE_ADDED" && type !== "INPUT_FIELD_ADDED")
    .map(({ message }) => message);
}

const contractFile = new URL("../support/contract.graphql", import.meta.url);

it("every operation of the contract is one of the schema", async () => {
  expect(await breakingChanges(await readFile(contractFile, "utf8"))).toEqual([]);
});

it("what the schema lacks, or has otherwise, is found", async () => {
  const contract = await readFile(contractFile, "utf8");
  const more = contract
    .replace("viewer: Viewer!", "viewer: Viewer! other: Int")
    .replace("archived: Boolean! = true", "archived: Boolean! = false")
    .replace("readVersion: SafeInt", "readVersion: SafeInt!");
  expect(await breakingChanges(more)).toHaveLength(3);
});
