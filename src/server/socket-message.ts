import { countKeys } from "../graphql/engine/json-text.js";

/** A message that a client has sent, parsed. Of the rest of it nothing is known: graphql-ws looks at that. */
export interface SocketMessage {
  type?: unknown;
  id?: unknown;
}

/** The types of messages that the service alone sends. */
const ofService: ReadonlySet<unknown> = new Set(["connection_ack", "next", "error"]);

/** Reads a message; null if it is no JSON text, holds more keys than a request may, or is one that clients do not send. */
export function readSocketMessage(data: Buffer, isBinary: boolean, maxKeys: number): SocketMessage | null {
  if (isBinary) return null;
  const text = data.toString();
  if (countKeys(text) > maxKeys) return null;
  try {
    const message = JSON.parse(text) as SocketMessage | null;
    return ofService.has(message?.type) ? null : message;
  } catch {
    return null;
  }
}
