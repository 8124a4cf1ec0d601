import WebSocket from "ws";
import type { Untyped } from "../graphql.js";

/** A frame of graphql-transport-ws. */
export interface Frame {
  type: string;
  id?: string;
  payload?: Untyped;
}

/** What went over the sockets of a client. */
export interface Recorded {
  /** The class to give to the client. */
  webSocket: new (url: string, protocols: string) => WebSocket;
  sockets: WebSocket[];
  sent: Frame[];
  received: Frame[];
}

/** A class of real WebSockets that writes down all frames. */
export function recordSockets(): Recorded {
  const sockets: WebSocket[] = [];
  const sent: Frame[] = [];
  const received: Frame[] = [];
  class RecordedSocket extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      sockets.push(this);
      this.on("message", (data: Buffer) => received.push(JSON.parse(data.toString()) as Frame));
    }
    override send(data: string): void {
      sent.push(JSON.parse(data) as Frame);
      super.send(data);
    }
  }
  return { webSocket: RecordedSocket, sockets, sent, received };
}
