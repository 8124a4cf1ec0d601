import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { answerParent } from "./child.js";
import { type ServerAnswers, readCpu, readMemory } from "./server-process.js";

/*
 * The least that can broadcast: what one socket sends goes, as one Buffer, to every other. It stores nothing, orders nothing
 * and knows no subscriptions. It greets and answers who sends in the words of graphql-transport-ws.
 */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (sender) => {
  sender.on("message", (message) => {
    for (const client of sockets.clients) if (client !== sender) client.send(message, { binary: false });
    sender.send('{"type":"next"}');
  });
});

answerParent({
  open: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      );
    }),
  readCpu,
  readMemory,
} satisfies ServerAnswers);
