import type { Client, ClientOptions, FollowOptions } from "../../../src/client/client.js";
import { createClient } from "../../../src/client/client.js";
import WebSocket from "ws";
import type { Frame } from "./recorded-socket.js";
import type { ScriptedServer, ServedSocket } from "./scripted-server.js";

/** What a server gives that is followed by `followNumbers`: each number is its own cursor. */
interface Numbered {
  number: number;
}

const query: string = "subscription ($after: String) { number }";

/** Follows numbers over a client of its own. */
export function followNumbers(
  server: ScriptedServer,
  { signal, onRetry, ...options }: Partial<ClientOptions> & FollowOptions = {},
): AsyncIterator<Numbered, undefined> {
  const client = createClient({ url: server.url, webSocket: WebSocket, ...options });
  return followNumbersOver(client, { signal, onRetry });
}

/** Follows numbers over a client that others use too. */
export function followNumbersOver(
  client: Client,
  options: FollowOptions = {},
): AsyncIterator<Numbered, undefined> {
  const cursorOf = ({ number }: Numbered) => `${number}`;
  const numbers = client.follow<Numbered, { after?: string }>(query, {}, cursorOf, options);
  return numbers[Symbol.asyncIterator]();
}

/** Waits for a subscription over the socket, the first if no index is given. */
export function subscription(server: ScriptedServer, served: ServedSocket, index = 0): Promise<Frame> {
  return server.until(() => served.frames.filter(({ type }) => type === "subscribe")[index]);
}

/** The frames that give numbers to a subscription. */
export function next({ id }: Frame, ...numbers: number[]): Frame[] {
  return numbers.map((number) => ({ id, type: "next", payload: { data: { number } } }));
}
