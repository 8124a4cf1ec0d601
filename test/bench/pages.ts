import type { Bench } from "./bench.js";
import type { Transport } from "./caller.js";
import { callers, callsOf } from "./calls.js";
import { type Figure, compare } from "./comparison.js";
import { expectEqual } from "./equality.js";
import {
  countsBody,
  eventsBody,
  inboxBody,
  nodeBody,
  sessionsBody,
  typenameBody,
  viewerBody,
} from "./operations.js";
import { eventCount, idOf, sessionCount } from "./rows.js";

/** What is read: the operation's body, and the floor's path and body. */
interface Page {
  what: string;
  /** The least ratio that is wanted. */
  target?: number;
  body: string;
  path: string;
  floorBody?: string;
  over?: Transport;
}

const runId = idOf("run", 1);
const sessionId = idOf("ses", 1);
const sessions = sessionCount.toLocaleString("en-US");

const pages: readonly Page[] = [
  { what: "__typename", target: 0.8, body: typenameBody, path: "/typename" },
  { what: "viewer", body: viewerBody, path: "/viewer" },
  { what: "viewer over WebSocket", body: viewerBody, path: "/viewer", over: "WebSocket" },
  {
    what: "a node",
    target: 0.8,
    body: nodeBody(sessionId),
    path: "/node",
    floorBody: JSON.stringify({ id: sessionId }),
  },
  { what: `20 of ${sessions} sessions`, target: 0.85, body: sessionsBody, path: "/sessions" },
  { what: `20 unread of ${sessions}`, body: inboxBody, path: "/inbox" },
  { what: "the inbox's figures", body: countsBody, path: "/counts" },
  {
    what: `100 of ${eventCount.toLocaleString("en-US")} events`,
    target: 0.9,
    body: eventsBody(runId),
    path: "/events",
    floorBody: JSON.stringify({ id: runId }),
  },
];

/** Reading: pages and nothing at all, against the same JSON made by Postgres in one prepared statement. */
export async function benchPages({ load, service, floor }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { what, target, body, path, floorBody = "{}", over = "HTTP" } of pages) {
    const call = { url: service.url, body };
    const least = { url: floor.url + path, body: floorBody };
    await expectEqual(load, call, least);
    const comparison = await compare(
      `${what}, ${callers} connections`,
      "calls/s",
      callsOf(load, service, call, over),
      callsOf(load, floor, least),
    );
    figures.push({ ...comparison, target });
  }
  return figures;
}
