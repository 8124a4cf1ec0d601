import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { type WebSocket, WebSocketServer } from "ws";
import { answerParent } from "./child.js";
import { insertBare } from "./floor.js";
import { type ServerAnswers, connections, readCpu, readMemory } from "./server-process.js";

/*
 * The least that can broadcast: what one socket sends goes, as one Buffer, to every other of the same path. It orders nothing and knows
 * no subscriptions, and stores nothing but what comes at {@link storedPath}. It greets and answers who sends in the words of
 * graphql-transport-ws.
 */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
let pool: pg.Pool;

/** Where each message is stored before it is sent on, in the order in which they came. */
const storedPath = "stored";
const pathOf = new WeakMap<WebSocket, string>();

sockets.on("connection", (sender, { url = "" }) => {
  pathOf.set(sender, url);
  let before: Promise<unknown> = Promise.resolve();
  sender.on("message", (message: Buffer) => {
    const send = () => {
      for (const client of sockets.clients)
        if (client !== sender && pathOf.get(client) === url) client.send(message, { binary: false });
      sender.send('{"type":"next"}');
    };
    if (!url.endsWith(storedPath)) return send();
    const stored = store(message);
    before = before.then(() => stored).then(send);
  });
});

function store(message: Buffer): Promise<unknown> {
  return insertBare(pool, 1, [{ type: "REASONING", payload: { text: message.toString() } }]);
}

answerParent({
  open: (databaseUrl) => {
    pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      );
    });
  },
  readCpu,
  readMemory,
} satisfies ServerAnswers);
