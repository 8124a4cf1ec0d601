import { AgentRunError } from "../../domain/errors.js";
import { isJsonObject } from "../../domain/json.js";
import { type Limits, beyondLimit } from "./limits.js";

/** The refusal of what is no request for an operation at all. */
export class MalformedRequest extends AgentRunError {
  constructor(field: string, allowed: string) {
    super(`${field} ${allowed}`, { code: "BAD_USER_INPUT", details: { field } });
  }
}

/** What a caller sends to have an operation run, as a transport has read it: nothing of it is checked. */
export interface GraphRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

/** A request whose parts have their types, and whose JSON is no deeper than is allowed. */
export interface CheckedRequest {
  /** The text of the document, or the id that it is known by. */
  query: string | null;
  documentId: string | null;
  operationName: string | null;
  variables: Readonly<Record<string, unknown>>;
}

/** The request checked, before anything that recurses sees it; throws BAD_USER_INPUT or QUERY_TOO_COMPLEX naming what is wrong. */
export function checkRequest(request: GraphRequest, limits: Limits): CheckedRequest {
  const variables = readObject(request.variables, "variables", limits);
  readObject(request.extensions, "extensions", limits);
  const query = readText(request.query, "query");
  const documentId = readText(request.documentId, "documentId");
  if (query === null && documentId === null)
    throw new MalformedRequest("query", "must be the text of a document");
  return { query, documentId, operationName: readText(request.operationName, "operationName"), variables };
}

function readText(value: unknown, name: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string") throw new MalformedRequest(name, "must be a string");
  return value;
}

function readObject(value: unknown, name: string, limits: Limits): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (!isJsonObject(value)) throw new MalformedRequest(name, "must be an object");
  // The object itself is no level of what it holds.
  if (isDeeper(value, limits.jsonDepth + 1)) throw beyondLimit("jsonDepth", Infinity, limits);
  return value;
}

/** True if a value nests deeper than this; looks no deeper. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const child of Object.values(value)) if (isDeeper(child, levels - 1)) return true;
  return false;
}
