/*
 * Executes operations. One that comes again and again is compiled if it can be (see compilable.ts); graphql-js
 * executes all others. Both give the same answers. graphql-js coerces the variables in either case, so that scalars,
 * oneOf inputs and their errors are the same, and the compiled code takes the coerced values as they are.
 */
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  GraphQLScalarType,
  GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  execute,
  getOperationAST,
  getVariableValues,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { isCompilable } from "./compilable.js";

/**
 * The execution at which an operation is compiled. Compiling costs as much as many executions, so the first are not.
 */
const compiledFrom = 3;

/** The most errors that are reported about the variables of one operation. */
const maxErrors = 50;

/** Executes a query, a mutation, or a subscription for one of its batches. */
export type Run = (args: ExecutionArgs) => ReturnType<typeof execute>;

/**
 * Builds the function that executes documents of this schema. What it keeps of a document, compiled code included,
 * lives as long as the parsed document.
 */
export function createExecute(schema: GraphQLSchema): Run {
  const coerced = new GraphQLScalarType({ name: "CoercedByGraphQLJS" });
  const { types, ...config } = schema.toConfig();
  const target = new GraphQLSchema({ ...config, types: [...types, coerced], assumeValid: true });
  const known = new WeakMap<DocumentNode, Map<string, { times: number; run: Run }>>();

  return (args) => {
    const { document, operationName } = args;
    const operations = known.get(document) ?? new Map<string, { times: number; run: Run }>();
    known.set(document, operations);
    const entry = operations.get(operationName ?? "") ?? { times: 0, run: execute };
    operations.set(operationName ?? "", entry);
    entry.times += 1;
    if (entry.times === compiledFrom) entry.run = compile(schema, target, coerced, args) ?? execute;
    return entry.run(args);
  };
}

function compile(
  schema: GraphQLSchema,
  target: GraphQLSchema,
  coerced: GraphQLScalarType,
  { document, operationName }: ExecutionArgs,
): Run | undefined {
  const operation = getOperationAST(document, operationName);
  if (!operation || !isCompilable(schema, document, operation)) return undefined;
  const compiled = compileQuery(target, withVariablesOf(coerced, document, operation), operationName ?? "");
  if (!isCompiledQuery(compiled)) return undefined;
  return ({ rootValue, contextValue, variableValues }) => {
    const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
      maxErrors,
    });
    if (variables.errors) return { errors: variables.errors };
    const result = compiled.query(rootValue, contextValue, variables.coerced);
    return result instanceof Promise
      ? result.then((value) => locate(value, document))
      : locate(result, document);
  };
}

/**
 * Copies the document with this operation's variables given the type, which takes everything, and without their
 * defaults.
 */
function withVariablesOf(
  type: GraphQLScalarType,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): DocumentNode {
  const variableDefinitions = operation.variableDefinitions?.map((definition) => ({
    ...definition,
    type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } } as const,
    defaultValue: undefined,
  }));
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      definition === operation ? { ...operation, variableDefinitions } : definition,
    ),
  };
}

/** Gives errors of compiled code, which know lines and columns only, their positions in the document's text. */
function locate(result: ExecutionResult, { loc }: DocumentNode): ExecutionResult {
  if (!result.errors || !loc) return result;
  const starts = [0];
  for (const end of loc.source.body.matchAll(/\r\n|[\n\r]/g)) starts.push(end.index + end[0].length);
  return {
    errors: result.errors.map(
      (error) =>
        new GraphQLError(error.message, {
          source: loc.source,
          positions: error.locations?.map(({ line, column }) => (starts[line - 1] ?? 0) + column - 1),
          path: error.path,
          originalError: error.originalError,
        }),
    ),
    data: result.data,
  };
}
