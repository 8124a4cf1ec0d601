import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { answerParent } from "./child.js";
import { type ServerAnswers, readMemory } from "./server-process.js";

/*
 * The least that can broadcast: what is posted goes, as one Buffer, to every socket. It stores nothing, orders nothing and
 * knows no subscriptions.
 */
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const message = Buffer.concat(parts);
    for (const client of sockets.clients) client.send(message, { binary: false });
    response.writeHead(200, { "content-type": "application/json", "content-length": 2 }).end("{}");
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

answerParent({
  open: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      );
    }),
  readMemory,
} satisfies ServerAnswers);
