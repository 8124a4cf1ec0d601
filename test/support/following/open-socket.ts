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

/** Opens a socket, and waits until its connection_init is acknowledged or it is closed instead. */
export async function openSocket(url: string, token?: string): Promise<OpenSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  const frames: Frame[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once("close", (code, reason) => resolve([code, reason.toString()]));
  });
  await once(socket, "open");
  const send = (frame: Frame) => socket.send(JSON.stringify(frame));
  send({ type: "connection_init", payload: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  await Promise.race([once(socket, "message"), closed]);
  return {
    socket,
    frames,
    closed,
    send,
    begin: (id, query, ...[variables]) => send({ id, type: "subscribe", payload: { query, variables } }),
  };
}
