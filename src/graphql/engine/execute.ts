/*
 * Runs queries and mutations: a query that comes again and again is compiled, everything else graphql-js executes as it is.
 * Both give the same answers. Variables come coerced (see variables.ts), so that scalars, oneOf inputs and their errors are the
 * same in both, and neither coerces them again.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  GraphQLScalarType,
  GraphQLSchema,
  execute,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import type { GraphContext } from "../context.js";
import { isCompilable } from "./compilable.js";
import { type Operation, coercedType } from "./operation.js";
import type { Coerced } from "./variables.js";

/** From which execution of a document on it is compiled: compiling costs as much as many executions. */
const compiledFrom = 3;

/** One execution of an operation: a query, a mutation, or a subscription for one of its events. */
export interface Execution {
  operation: Operation;
  variables: Coerced;
  context: GraphContext;
  /** What the root fields of a subscription resolve from. */
  rootValue?: unknown;
}

/** Executes an operation. */
export type Run = (execution: Execution) => ExecutionResult | Promise<ExecutionResult>;

/** The schema with a scalar that takes every variable as it is. */
export function schemaOfCoerced(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  const coerced = new GraphQLScalarType({ name: coercedType });
  return new GraphQLSchema({ ...config, types: [...types, coerced], assumeValid: true });
}

/** Builds what executes operations of a schema, over {@link schemaOfCoerced} of it. What it compiles lives as long as its operation. */
export function createExecute(schema: GraphQLSchema, target: GraphQLSchema): Run {
  const compiled = new WeakMap<Operation, Run>();
  const interpret: Run = ({ operation, variables, context, rootValue }) =>
    execute({
      schema: target,
      document: operation.coerced,
      operationName: operation.name,
      variableValues: variables,
      contextValue: context,
      rootValue,
    });

  return (execution) => {
    const { operation } = execution;
    operation.times += 1;
    if (operation.times === compiledFrom) {
      const run = compile(schema, target, operation);
      if (run) compiled.set(operation, run);
    }
    return (compiled.get(operation) ?? interpret)(execution);
  };
}

function compile(schema: GraphQLSchema, target: GraphQLSchema, operation: Operation): Run | undefined {
  const { document, node, coerced, name } = operation;
  if (!isCompilable(schema, document, node)) return undefined;
  const query = compileQuery(target, coerced, name ?? "");
  if (!isCompiledQuery(query)) return undefined;
  return ({ variables, context, rootValue }) => {
    const result = query.query(rootValue, context, variables);
    return result instanceof Promise
      ? result.then((value) => locate(value, document))
      : locate(result, document);
  };
}

/** Compiled code's errors know lines and columns only: gives them their place in the document's text. */
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
