import { once } from "node:events";
import { type Socket, connect } from "node:net";

/** A TCP connection to a service, over which anything may be sent. */
export interface RawSocket {
  socket: Socket;
  /** All that has come. */
  text(): string;
  /** The status of the first answer; null where there is none yet. */
  status(): number | null;
  /** Resolves with all that came once the service has closed it. */
  closed: Promise<string>;
}

/** Opens a TCP connection to where a URL leads. */
export async function openRaw(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  // One that is reset is closed as well: what listens with `once` of events would be told of the error instead.
  const closed = new Promise<string>((resolve) => socket.on("close", () => resolve(text)));
  await once(socket, "connect");
  socket.on("error", () => {});
  return { socket, text: () => text, status: () => statusOf(text), closed };
}

/** The head of a request to /graphql; a header that is given here stands in place of the usual one. */
export function headOf(method: string, headers: Record<string, string>, path = "/graphql"): string {
  const all = { host: "127.0.0.1", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** The headers with which a client asks for a WebSocket. */
export const upgradeHeaders = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-protocol": "graphql-transport-ws",
};

/** Opens a connection, sends a text, and waits until something is answered or the service has closed it. */
export async function sendRaw(url: string, text: string): Promise<RawSocket> {
  const raw = await openRaw(url);
  raw.socket.write(text);
  await Promise.race([new Promise((resolve) => raw.socket.once("data", resolve)), raw.closed]);
  return raw;
}

/** The status of the first answer in what came; null where there is none. */
export function statusOf(text: string): number | null {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
  return status === undefined ? null : Number(status);
}
