import { readFileSync } from "node:fs";
import {
  type GraphQLAbstractType,
  type GraphQLNamedType,
  OverlappingFieldsCanBeMergedRule,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  validate,
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

/** A selection of every field of every type that this one may be, without an alias. */
function selectionOfAll(type: GraphQLAbstractType): string {
  const members = schema.getPossibleTypes(type).map((member) => {
    const fields = Object.values(member.getFields()).map(({ name, type }) =>
      isCompositeType(getNamedType(type)) ? `${name} { __typename }` : name,
    );
    return `... on ${member.name} { ${fields.join(" ")} }`;
  });
  return `fragment All on ${type.name} { ${members.join(" ")} }`;
}

/** The fields of a type's members that cannot be asked for together, since they differ in type or nullability. */
function clashesOf(type: GraphQLAbstractType): string[] {
  const errors = validate(schema, parse(selectionOfAll(type)), [OverlappingFieldsCanBeMergedRule], {
    maxErrors: Infinity,
  });
  const names = errors.map(({ message }) => /^Fields "(\w+)"/.exec(message)?.[1] ?? message);
  return [...new Set(names)].toSorted();
}

/** Nouns of their own, which nobody asks for together: what one of them always has, another may lack. */
const nodesDiffer = [
  "backendProfile",
  "lastEventSeq",
  "name",
  "output",
  "plan",
  "run",
  "sessionPath",
  "state",
  "status",
  "terminalStatus",
  "text",
  "type",
];

it("every field of every member of an interface or union can be asked for at once, without an alias", () => {
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType);
  const clashes = types.map((type) => [type.name, clashesOf(type)]);
  expect(Object.fromEntries(clashes)).toEqual({
    ...Object.fromEntries(types.map(({ name }) => [name, []])),
    Node: nodesDiffer,
  });
});
