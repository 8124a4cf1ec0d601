import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from "graphql";
import { badUserInput } from "../domain/errors.js";
import { parseInstant } from "../domain/instant.js";
import { checkJson, maxJsonBytes, maxJsonLevels } from "../domain/json.js";
import { builder } from "./builder.js";

builder.scalarType("DateTime", {
  description:
    "An instant in ISO 8601. The service always gives it in UTC with microseconds: 2026-11-22T09:30:00.123456Z. It takes any ISO 8601 instant that has a time zone, and cuts digits after the microsecond. BAD_USER_INPUT for anything else.",
  serialize: (value) => value,
  parseValue: (value) => parseInstant(typeof value === "string" ? value : "", "the value"),
});

builder.scalarType("JSON", {
  description: `Any JSON value. As input it may be at most ${maxJsonLevels} levels deep, and ${maxJsonBytes / 1024} KiB long as text; BAD_USER_INPUT if it is more.`,
  serialize: (value) => value,
  parseValue: (value) => checkJson(value, "the value"),
  parseLiteral: (node, variables) => {
    checkLiteralLevels(node, 0);
    return checkJson(valueFromASTUntyped(node, variables) ?? null, "the value");
  },
});

builder.scalarType("SafeInt", {
  description:
    "A whole number from -(2^53 - 1) to 2^53 - 1, sent as a JSON number. BAD_USER_INPUT for anything else.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw badUserInput("the value", "must be a whole number of at most 53 bits");
    }
    return value;
  },
});

/** Throws if a literal nests too deep. It is checked before its value is read, since that recurses level by level. */
function checkLiteralLevels(node: ValueNode, level: number): void {
  if (node.kind !== Kind.LIST && node.kind !== Kind.OBJECT) return;
  if (level === maxJsonLevels)
    throw new GraphQLError(`the value must nest at most ${maxJsonLevels} levels deep`);
  const children = node.kind === Kind.LIST ? node.values : node.fields.map(({ value }) => value);
  for (const child of children) checkLiteralLevels(child, level + 1);
}
