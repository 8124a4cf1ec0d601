import { brokenLimit, measureJson } from "../../graphql/engine/json-text.js";
import { type Limits, beyondLimit } from "../../graphql/engine/limits.js";

/** A message that a client has sent, parsed. Of the rest of it nothing is known: graphql-ws looks at that. */
export interface SocketMessage {
  type?: unknown;
  id?: unknown;
}

/** How long the id of an operation may be, in characters: it is kept, and sent with each of its messages. */
const maxIdLength = 256;

/** The types of messages that the service alone sends. */
const ofService: ReadonlySet<unknown> = new Set(["connection_ack", "next", "error"]);

/** Why a message is none: in graphql-ws's words, and with the limit if it breaks one. */
export interface NoMessage {
  refusal: string;
}

const invalid: NoMessage = { refusal: "Invalid message received" };

/** Reads a message, unless it is no JSON text, breaks a limit on JSON, or is one that clients do not send. */
export function readSocketMessage(
  data: Buffer,
  isBinary: boolean,
  limits: Limits,
): SocketMessage | NoMessage {
  if (isBinary) return invalid;
  const text = data.toString();
  const measure = measureJson(text);
  const limit = brokenLimit(measure, limits);
  if (limit !== undefined)
    return { refusal: `${invalid.refusal}: ${beyondLimit(limit, measure[limit], limits).message}` };
  try {
    const message = JSON.parse(text) as SocketMessage | null;
    if (typeof message !== "object" || message === null) return invalid;
    const { id, type } = message;
    if (typeof id === "string" && id.length > maxIdLength)
      return { refusal: `${invalid.refusal}: an id has at most ${maxIdLength} characters` };
    return ofService.has(type) ? invalid : message;
  } catch {
    return invalid;
  }
}
