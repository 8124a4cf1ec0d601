import { once } from "node:events";
import WebSocket from "ws";
import type { Untyped } from "./graphql.js";

/** What a transport answered to an operation that it refused or ran once. */
export interface TransportAnswer {
  /** Of the response; null over a socket. */
  status: number | null;
  errors: { message: string; extensions: Untyped }[];
  data: Untyped;
  /** How long the answer is, in characters. */
  length: number;
}

/** A request as it is written, whether or not it makes sense. */
export type RawRequest = Record<string, unknown> | string;

/** How requests reach the service. Each takes a body as an object, or as the text to send. */
export const transports = ["POST", "GET", "SSE", "WebSocket"] as const;

/** One of {@link transports}. */
export type Transport = (typeof transports)[number];

/** Sends a request by a transport and gives the first that comes back. */
export async function sendBy(
  transport: Transport,
  url: string,
  request: RawRequest,
  headers: Record<string, string> = {},
): Promise<TransportAnswer> {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  if (transport === "WebSocket") return sendBySocket(url, text, headers["authorization"]);
  if (transport === "GET") {
    const parts = Object.entries(JSON.parse(text) as Record<string, unknown>).map(
      ([key, value]) =>
        [key, typeof value === "string" && key !== "variables" ? value : JSON.stringify(value)] as [
          string,
          string,
        ],
    );
    const accept = {
      accept: "application/graphql-response+json",
      "content-type": "application/json",
      ...headers,
    };
    return read(await fetch(`${url}?${new URLSearchParams(parts)}`, { headers: accept }));
  }
  const accept = transport === "SSE" ? "text/event-stream" : "application/graphql-response+json";
  const all = { "content-type": "application/json", accept, ...headers };
  return read(await fetch(url, { method: "POST", headers: all, body: text }));
}

async function read(response: Response): Promise<TransportAnswer> {
  const reader = response.body?.getReader();
  let text = "";
  const decoder = new TextDecoder();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true });
    // A stream that was accepted goes on: its first event is enough.
    if (response.headers.get("content-type")?.startsWith("text/event-stream") && text.includes("\n\n")) break;
  }
  await reader?.cancel();
  // Not `.`: a line of an event may hold U+2028, which ends none there.
  const json = /^data: ?([^\r\n]*)/m.exec(text)?.[1] ?? text;
  const { errors = [], data } = json ? JSON.parse(json) : {};
  return { status: response.status, errors, data, length: text.length };
}

async function sendBySocket(url: string, request: string, authorization?: string): Promise<TransportAnswer> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  await once(socket, "open");
  const answer = new Promise<TransportAnswer>((resolve) => {
    socket.on("message", (bytes: Buffer) => {
      const { type, payload } = JSON.parse(bytes.toString()) as { type: string; payload: Untyped };
      if (type === "connection_ack") socket.send(`{"id":"1","type":"subscribe","payload":${request}}`);
      if (type !== "error" && type !== "next") return;
      const { errors = [], data } = type === "error" ? { errors: payload } : payload;
      resolve({ status: null, errors, data, length: bytes.length });
    });
    socket.on("close", (code, reason) => {
      const extensions = { code: `CLOSED_${code}` };
      resolve({ status: null, errors: [{ message: reason.toString(), extensions }], data: null, length: 0 });
    });
  });
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
  const given = await answer;
  socket.terminate();
  return given;
}
