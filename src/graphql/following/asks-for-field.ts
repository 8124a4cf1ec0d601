import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type SelectionNode,
  getDirectiveValues,
} from "graphql";
import type { Operation } from "../engine/operation.js";
import type { Coerced } from "../engine/variables.js";

/** True if directives leave a subscription a field. graphql-js takes that for granted, and fails without one. */
export function asksForField({ document, node }: Operation, variables: Coerced): boolean {
  const has = (selections: readonly SelectionNode[]): boolean =>
    selections.some((selection) => {
      if (!isLeftIn(selection, variables)) return false;
      if (selection.kind === Kind.FIELD) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return has(selection.selectionSet.selections);
      const fragment = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
      );
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && has(fragment.selectionSet.selections);
    });
  return has(node.selectionSet.selections);
}

function isLeftIn(selection: SelectionNode, variables: Coerced): boolean {
  if (!selection.directives?.length) return true;
  const skipped = getDirectiveValues(GraphQLSkipDirective, selection, variables)?.["if"] === true;
  return !skipped && getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.["if"] !== false;
}
