import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import type { JsonValue } from "../domain/json-value.js";
import type { GraphContext } from "./context.js";

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
  // Fields say what they multiply; engine/measure.ts counts it before an operation is run.
  complexity: { defaultComplexity: 1, defaultListMultiplier: 1, disabled: true },
});
