/*
 * The operations that tests send. Those that `graphql` makes are typed by what `npm run generate` writes for them, which
 * has to run again after every change of one. Each is called after what it asks for, in a word that no other operation of
 * the tests has. Any other is a plain string, for what is made of parts or is meant to be refused.
 */
import { graphql as generated } from "../generated/documents/gql.js";
import { TypedDocumentString } from "../generated/documents/graphql.js";

/** An operation as it is sent: typed, or as text. */
export type Operation<Data, Variables> = TypedDocumentString<Data, Variables> | string;

/** What a plain string answers: nothing is known of it before it is run. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Untyped = any;

/** The variables of an operation as an argument, which may be left out if none is required. */
export type Given<Variables> = {} extends Variables ? [variables?: Variables] : [variables: Variables];

/** Gives the typed operation or fragment of a text. Throws for one that nothing was generated for. */
export const graphql = ((text: string) => {
  const document = (generated as (text: string) => unknown)(text);
  if (document instanceof TypedDocumentString) return document;
  throw new Error(`npm run generate has not seen this operation yet: ${text}`);
}) as typeof generated;
