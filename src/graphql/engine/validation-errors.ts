import { type GraphQLError, type GraphQLSchema, Kind } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type LogFault, presentError } from "./errors.js";

const valueKinds: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

/**
 * Makes the plugin that gives errors of validation their codes: BAD_USER_INPUT if a value in the document is wrong,
 * else GRAPHQL_VALIDATION_FAILED.
 */
export function useValidationErrors(schema: GraphQLSchema, logFault: LogFault): Plugin {
  return {
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (valid) return;
        setResult((result as readonly GraphQLError[]).map((error) => present(error, schema, logFault)));
      };
    },
  };
}

function present(error: GraphQLError, schema: GraphQLSchema, logFault: LogFault): GraphQLError {
  const kind = error.nodes?.[0]?.kind;
  const code = kind !== undefined && valueKinds.has(kind) ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED";
  error.extensions["code"] = code;
  return presentError(error, schema, logFault);
}
