import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { isHostHeader } from "../../auth/listen.js";
import { type OriginRule, refuseUpgrade } from "../../auth/origin.js";

/** The status with which an upgrade is refused where sockets of unknown clients have room or not; null if it is not. */
export function refusalOf(
  { url, headers }: IncomingMessage,
  origins: OriginRule,
  hasRoom: boolean,
): string | null {
  if (headers.host !== undefined && !isHostHeader(headers.host)) return "400 Bad Request";
  if (refuseUpgrade(origins, headers) !== undefined) return "403 Forbidden";
  if ((url ?? "").split("?", 1)[0] !== "/graphql") return "404 Not Found";
  return hasRoom ? null : "503 Service Unavailable";
}

/** Answers an upgrade with a status, and ends the connection. */
export function refuse(stream: Duplex, status: string): void {
  // Node no longer looks after a connection that asked for an upgrade: an error that nobody hears would end the process.
  stream.on("error", () => stream.destroy()).once("finish", () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
