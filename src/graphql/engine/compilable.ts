import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  BREAK,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  visit,
} from "graphql";

/** The most fields of compiled code. A field is written into it once for each type that its parent can be. */
const maxCompiledFields = 500;

/**
 * True if the compiled operation answers exactly as graphql-js does, and compiling it costs no more than it can gain.
 * It is false for mutations of more than one field: compiled code would run the second even if the first has failed.
 */
export function isCompilable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  const isInOrder = operation.operation !== "mutation" || isOneField(operation.selectionSet);
  return isInOrder && isPlain(document) && isSmall(schema, document, operation);
}

function isOneField({ selections }: SelectionSetNode): boolean {
  return selections.length === 1 && selections[0]?.kind === Kind.FIELD;
}

/**
 * True if the document has nothing that the compiler treats otherwise than graphql-js does: directives, variables
 * inside a list or an object, and the name `__proto__`.
 */
function isPlain(document: DocumentNode): boolean {
  let plain = true;
  const refuse = () => {
    plain = false;
    return BREAK;
  };
  visit(document, {
    Directive: refuse,
    Name: ({ value }) => (value === "__proto__" ? refuse() : undefined),
    Variable: (_node, _key, parent) =>
      parent &&
      "kind" in parent &&
      (parent.kind === Kind.ARGUMENT || parent.kind === Kind.VARIABLE_DEFINITION)
        ? undefined
        : refuse(),
  });
  return plain;
}

/** True if the compiled code stays within the limit. Nested fragments and interfaces could multiply it without end. */
function isSmall(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const fragments = new Map(
    document.definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  let left = maxCompiledFields;
  const spend = (
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    copies: number,
  ): void => {
    for (const selection of selections) {
      left -= copies;
      if (left < 0) return;
      if (selection.kind === Kind.FIELD) {
        const hasFields = isObjectType(type) || isInterfaceType(type);
        const field = hasFields ? type.getFields()[selection.name.value] : undefined;
        if (!field || !selection.selectionSet) continue;
        const fieldType = getNamedType(field.type);
        const types = isAbstractType(fieldType) ? schema.getPossibleTypes(fieldType).length : 1;
        spend(selection.selectionSet, fieldType, copies * types);
      } else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        const on = fragment?.typeCondition;
        if (fragment) spend(fragment.selectionSet, on ? schema.getType(on.name.value) : type, copies);
      }
    }
  };
  spend(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 1);
  return left >= 0;
}
