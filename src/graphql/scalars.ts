import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from "graphql";
import { badUserInput } from "../domain/errors.js";
import { parseInstant } from "../domain/instant.js";
import { checkJson, maxJsonBytes, maxJsonLevels } from "../domain/json.js";
import { builder } from "./builder.js";

builder.scalarType("DateTime", {
  description:
    "An instant in ISO 8601, always given in UTC with microseconds, as the database keeps it: 2026-11-22T09:30:00.123456Z. As input any ISO 8601 instant with a time zone; digits past the microsecond are cut.",
  serialize: (value) => value,
  parseValue: (value) => parseInstant(typeof value === "string" ? value : "", "the value"),
});

builder.scalarType("JSON", {
  description: `Any JSON value, at most ${maxJsonLevels} levels deep and ${maxJsonBytes / 1024} KiB long as text.`,
  serialize: (value) => value,
  parseValue: (value) => checkJson(value, "the value"),
  parseLiteral: (node, variables) => {
    checkLiteralLevels(node, 0);
    return checkJson(valueFromASTUntyped(node, variables) ?? null, "the value");
  },
});

builder.scalarType("SafeInt", {
  description: "A whole number from -(2^53 - 1) to 2^53 - 1, sent as a JSON number.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw badUserInput("the value", "must be a whole number of at most 53 bits");
    }
    return value;
  },
});

/** A literal is walked by recursion, so its depth is checked before. */
function checkLiteralLevels(node: ValueNode, level: number): void {
  if (node.kind !== Kind.LIST && node.kind !== Kind.OBJECT) return;
  if (level === maxJsonLevels)
    throw new GraphQLError(`the value must nest at most ${maxJsonLevels} levels deep`);
  const children = node.kind === Kind.LIST ? node.values : node.fields.map(({ value }) => value);
  for (const child of children) checkLiteralLevels(child, level + 1);
}
