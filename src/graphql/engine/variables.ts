import {
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
  coerceInputValue,
  isInputObjectType,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  typeFromAST,
  valueFromAST,
} from "graphql";
import { coercerOf, wrong } from "./coercer.js";
import { maxItems, wrongLeaf } from "./wrong-leaf.js";

/** Variables as an operation takes them: declared ones alone, in the form of their types, with their defaults. */
export type Coerced = Readonly<Record<string, unknown>>;

/** The most errors of variables that are told. */
const maxErrors = 10;

/**
 * Brings variables into the form of their types, as the GraphQL specification says. What the operation does not declare is
 * left out. Gives the errors instead if there are any, at most ten; none holds a value.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Readonly<Record<string, unknown>>,
  hideSuggestions: boolean,
): { variables: Coerced } | { errors: GraphQLError[] } {
  const errors: GraphQLError[] = [];
  const variables: Record<string, unknown> = {};
  const refuse = (definition: VariableDefinitionNode, path: readonly (string | number)[], error: Error) => {
    const { value: name } = definition.variable.name;
    const place = path.length > 0 ? ` at "${name}${path.map(step).join("")}"` : "";
    const message = `Variable "$${name}" is wrong${place}: ${error.message}`;
    errors.push(new GraphQLError(message, { nodes: definition, originalError: error }));
    if (errors.length === maxErrors) throw tooMany;
  };
  try {
    for (const definition of definitions) {
      const { value: name } = definition.variable.name;
      const type = typeFromAST(schema, definition.type);
      if (!isInputType(type)) continue;
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      const coerced = value === undefined ? wrong : coercerOf(type)(value);
      if (coerced !== wrong) {
        variables[name] = coerced;
      } else if (value !== undefined) {
        // Once more, for what is wrong.
        checkLeaves(value, type, [], (path, error) => refuse(definition, path, error));
        if (errors.length > 0) continue;
        variables[name] = coerceInputValue(
          value,
          type,
          (path, _value, error) => refuse(definition, path, error),
          hideSuggestions,
        );
      } else if (definition.defaultValue) {
        const usual = valueFromAST(definition.defaultValue, type);
        checkLeaves(usual, type, [], (path, error) => refuse(definition, path, error));
        variables[name] = usual;
      } else if (isNonNullType(type)) {
        refuse(definition, [], new Error(`it is missing; its type is "${type.toString()}".`));
      }
    }
  } catch (error) {
    if (error !== tooMany) throw error;
  }
  return errors.length > 0 ? { errors } : { variables };
}

function step(part: string | number): string {
  return typeof part === "number" ? `[${part}]` : `.${part}`;
}

const tooMany = new Error("more errors than are told");

/**
 * Refuses objects, lists and long texts where a word or number belongs, before graphql-js does: it would write the value into
 * its message, whatever its size. `path` is where the value stands, and is only good until the call ends.
 */
function checkLeaves(
  value: unknown,
  type: GraphQLInputType,
  path: (string | number)[],
  refuse: (path: readonly (string | number)[], error: Error) => void,
): void {
  if (value === null || value === undefined) return;
  if (isNonNullType(type)) return checkLeaves(value, type.ofType, path, refuse);
  if (isListType(type)) {
    if (!Array.isArray(value)) return checkLeaves(value, type.ofType, path, refuse);
    if (value.length > maxItems) return refuse(path, new Error(`Expected at most ${maxItems} items.`));
    for (const [index, item] of value.entries()) checkInside(index, item, type.ofType, path, refuse);
  } else if (isInputObjectType(type)) {
    if (typeof value !== "object" || Array.isArray(value)) return;
    for (const field of Object.values(type.getFields())) {
      const child = (value as Record<string, unknown>)[field.name];
      if (child !== undefined) checkInside(field.name, child, field.type, path, refuse);
    }
  } else if (isLeafType(type)) {
    const fault = wrongLeaf(value, type);
    if (fault !== undefined) refuse(path, new Error(fault));
  }
}

function checkInside(
  step: string | number,
  value: unknown,
  type: GraphQLInputType,
  path: (string | number)[],
  refuse: Parameters<typeof checkLeaves>[3],
): void {
  path.push(step);
  checkLeaves(value, type, path, refuse);
  path.pop();
}
