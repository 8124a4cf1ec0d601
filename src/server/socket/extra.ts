import type WebSocket from "ws";
import type { Viewer } from "../../auth/viewer.js";
import type { SocketIntake } from "./intake.js";
import type { SocketOutlet } from "./outlet.js";

/** What is kept of a socket. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  outlet: SocketOutlet;
  /** Of the request that opened it. */
  authorization: string | null;
  viewer?: Viewer;
  /** To be called once it is known who the client is. */
  known: () => void;
  unwatch?: () => void;
  intake: SocketIntake;
}
