import { readFileSync } from "node:fs";
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { expect, it } from "vitest";
import { printedSchema, schema } from "../../src/graphql/schema.js";

/** The places of a type that lack a description. */
function gapsOf(type: GraphQLNamedType): string[] {
  const gaps: string[] = [];
  const check = (place: string, description: string | null | undefined) => {
    if (!description?.trim()) gaps.push(place);
  };
  check(type.name, type.description);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field.description);
      for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg.description);
    }
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      check(`${type.name}.${field.name}`, field.description);
  }
  if (isEnumType(type))
    for (const value of type.getValues()) check(`${type.name}.${value.name}`, value.description);
  return gaps;
}

it("every type, field, argument and enum value is described", () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  expect(types.length).toBeGreaterThan(60);
  expect(types.flatMap(gapsOf)).toEqual([]);
});

it("schema.graphql is what the code says", () => {
  expect(readFileSync("schema.graphql", "utf8")).toBe(printedSchema());
});
