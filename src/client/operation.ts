import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";

/**
 * The text of an operation: a plain string, or a document that GraphQL Code Generator's client preset has typed with
 * `documentMode: "string"`, in this package or in another program.
 */
export interface OperationText<Result, Variables> extends DocumentTypeDecoration<Result, Variables> {
  /** Not for use: it keeps parsed documents out, which are not text. */
  readonly length: number;
  toString(): string;
}
