import type { IncomingMessage, Server } from "node:http";
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

/** Whether an upgrade asks for a WebSocket; HTTP/2, for one, is offered by requests that are as well answered by HTTP/1.1. */
export function asksForSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** The words that make a request one for an upgrade. */
const ofUpgrade: ReadonlySet<string> = new Set(["upgrade", "http2-settings"]);

/**
 * Has a request answered as if it asked for no upgrade (RFC 9110, section 7.8): the server reads it again from its connection, of
 * which Node has let go, without the headers that ask.
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, stream: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    const left = name.toLowerCase() === "connection" ? withoutUpgrade(value) : value;
    if (!ofUpgrade.has(name.toLowerCase()) && left !== "") lines.push(`${name}: ${left}`);
  }
  stream.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", stream);
}

function withoutUpgrade(connection: string): string {
  const words = connection.split(",").map((word) => word.trim());
  return words.filter((word) => !ofUpgrade.has(word.toLowerCase())).join(", ");
}

/** Answers an upgrade with a status, and ends the connection. */
export function refuse(stream: Duplex, status: string): void {
  // Node no longer looks after a connection that asked for an upgrade: an error that nobody hears would end the process.
  stream.on("error", () => stream.destroy()).once("finish", () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
