import { once } from "node:events";
import WebSocket from "ws";
import type { Given, Operation } from "../graphql.js";
import type { Frame } from "./recorded-socket.js";

/** A socket that speaks graphql-transport-ws frame by frame. */
export interface OpenSocket {
  socket: WebSocket;
  /** All that has come, oldest first. */
  frames: Frame[];
  send(frame: Frame): void;
  /** Sends an operation. */
  begin<Variables = Record<string, unknown>>(
    id: string,
    query: Operation<unknown, Variables>,
    ...variables: Given<Variables>
  ): void;
  /** The code and the reason with which it was closed. */
  closed: Promise<[code: number, reason: string]>;
}

/** Opens a socket that has said nothing yet. Its subprotocol is graphql-transport-ws unless others are offered. */
export async function openSilentSocket(url: string, ...offered: string[]): Promise<OpenSocket> {
  const protocols = offered.length > 0 ? offered : ["graphql-transport-ws"];
  const socket = new WebSocket(url.replace("http", "ws"), protocols);
  const frames: Frame[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once("close", (code, reason) => resolve([code, reason.toString()]));
  });
  await once(socket, "open");
  const send = (frame: Frame) => socket.send(JSON.stringify(frame));
  return {
    socket,
    frames,
    closed,
    send,
    begin: (id, query, ...[variables]) => send({ id, type: "subscribe", payload: { query, variables } }),
  };
}

/** Opens a socket, and waits until its connection_init is acknowledged or it is closed instead. */
export async function openSocket(url: string, token?: string): Promise<OpenSocket> {
  const opened = await openSilentSocket(url);
  const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
  opened.send({ type: "connection_init", payload });
  await Promise.race([once(opened.socket, "message"), opened.closed]);
  return opened;
}
