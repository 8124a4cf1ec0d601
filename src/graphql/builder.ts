import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import type { JsonValue } from "../domain/json-value.js";
import type { GraphContext } from "./context.js";

/** The most fields that one operation may ask for. Each field counts as often as the lists above it may hold rows. */
export const maxComplexity = 50_000;

/** The most levels that the fields of an operation may nest. */
export const maxDepth = 16;

/**
 * Builds the code-first schema: each file of this folder adds its noun. Fields are non-null unless they say
 * otherwise.
 */
export const builder = new SchemaBuilder<{
  Context: GraphContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  AuthScopes: { reader: boolean };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Instant; Output: Instant };
    JSON: { Input: JsonValue; Output: JsonValue };
    SafeInt: { Input: number; Output: number };
  };
}>({
  plugins: [ScopeAuthPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ viewer }) => ({ reader: mayDo(viewer, "reader") }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { viewer }) => {
      try {
        requireScope(viewer, "reader");
      } catch (error) {
        return error as Error;
      }
      return new AgentRunError("this is not allowed", { code: "FORBIDDEN" });
    },
  },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 1,
    limit: { complexity: maxComplexity, depth: maxDepth },
    complexityError: (kind, { complexity, depth, maxComplexity: most, maxDepth: deepest }) =>
      new AgentRunError(
        kind === "Depth"
          ? `the operation nests ${depth} levels deep; at most ${deepest} are allowed`
          : `the operation asks for up to ${complexity} fields; at most ${most} are allowed: ask for smaller pages`,
        { code: "QUERY_TOO_COMPLEX" },
      ),
  },
});
