import { type DocumentNode, Kind, type OperationDefinitionNode, type OperationTypeNode } from "graphql";
import type { Measure } from "./measure.js";

/** The name of the scalar that stands for the type of every variable once variables are coerced: see execute.ts. */
export const coercedType = "CoercedByTheDoor";

/** An operation of a document that fits the schema and the limits. One object for all requests that send the same text. */
export class Operation {
  /** As it was sent: errors take their places in the text from it. */
  readonly document: DocumentNode;
  readonly node: OperationDefinitionNode;
  /** Null if it has none. */
  readonly name: string | null;
  readonly measure: Measure;
  /** The document with this operation's variables of one type that takes everything, without defaults. */
  readonly coerced: DocumentNode;
  /** How often it has been executed. */
  times = 0;

  constructor(document: DocumentNode, node: OperationDefinitionNode, measure: Measure) {
    this.document = document;
    this.node = node;
    this.name = node.name?.value ?? null;
    this.measure = measure;
    this.coerced = withCoercedVariables(document, node);
  }

  get kind(): OperationTypeNode {
    return this.node.operation;
  }
}

function withCoercedVariables(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  if (!operation.variableDefinitions?.length) return document;
  const type = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: coercedType } } as const;
  const variableDefinitions = operation.variableDefinitions.map((definition) => ({
    ...definition,
    type,
    defaultValue: undefined,
  }));
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      definition === operation ? { ...operation, variableDefinitions } : definition,
    ),
  };
}
