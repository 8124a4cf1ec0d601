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
  const depth = depthOf(value) - 1;
  if (depth > limits.jsonDepth) throw beyondLimit("jsonDepth", depth, limits);
  return value;
}

/** How many levels of objects and lists a value has. Level by level, so that no depth overflows the stack. */
function depthOf(value: object): number {
  let depth = 0;
  for (let level: object[] = [value]; level.length > 0; depth += 1) {
    level = level.flatMap((each) => Object.values(each).filter(isContainer));
  }
  return depth;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
