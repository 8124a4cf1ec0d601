import { AgentRunError, badUserInput } from "../../domain/errors.js";

/**
 * The only documents that a service runs: a manifest that graphql-codegen's client preset writes, an object with the text of each
 * document under its id. A request names one as `documentId`, as the appendix "Persisted Documents" of GraphQL over HTTP has it: the
 * id alone, or with the name of its hash before it (`sha256:…`). One that sends a listed text itself is let in too.
 */
export class TrustedDocuments {
  readonly #byId: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  constructor(manifest: Readonly<Record<string, string>>) {
    this.#byId = new Map(Object.entries(manifest));
    this.#texts = new Set(this.#byId.values());
  }

  /** The text that a request means; throws BAD_USER_INPUT for an unknown id, FORBIDDEN for a text that is not listed. */
  textOf(query: string | null, documentId: string | null): string {
    if (documentId !== null) {
      const text = this.#byId.get(documentId) ?? this.#byId.get(documentId.replace(/^[a-z0-9]+:/i, ""));
      if (text === undefined)
        throw badUserInput("documentId", "must be the id of a document of this service");
      return text;
    }
    if (query !== null && this.#texts.has(query)) return query;
    throw new AgentRunError("this service runs only documents that it knows: send the documentId of one", {
      code: "FORBIDDEN",
    });
  }
}
