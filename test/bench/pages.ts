import type { Bench } from "./bench.js";
import type { Transport } from "./caller.js";
import { callers, callsOf } from "./calls.js";
import { type Figure, compare } from "./comparison.js";
import { expectEqual } from "./equality.js";
import { type CaseName, cases, runId, sessionId } from "./read-cases.js";

/** What is read, and the floor's path and body. */
interface Page {
  name: CaseName;
  /** The least ratio that is wanted. */
  target?: number;
  path: string;
  floorBody?: string;
  over?: Transport;
}

const pages: readonly Page[] = [
  { name: "typename", target: 0.8, path: "/typename" },
  { name: "viewer", path: "/viewer" },
  { name: "viewer", path: "/viewer", over: "WebSocket" },
  { name: "node", target: 0.8, path: "/node", floorBody: JSON.stringify({ id: sessionId }) },
  { name: "sessions", target: 0.85, path: "/sessions" },
  { name: "inbox", path: "/inbox" },
  { name: "counts", path: "/counts" },
  { name: "events", target: 0.9, path: "/events", floorBody: JSON.stringify({ id: runId }) },
];

/** Reading: pages and nothing at all, against the same JSON made by Postgres in one prepared statement. */
export async function benchPages({ load, service, floor }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, target, path, floorBody = "{}", over = "HTTP" } of pages) {
    const { what, body } = cases[name];
    const call = { url: service.url, body };
    const least = { url: floor.url + path, body: floorBody };
    await expectEqual(load, call, least);
    const comparison = await compare(
      `${what}${over === "HTTP" ? "" : ` over ${over}`}, ${callers} connections`,
      "calls/s",
      callsOf(load, service, call, over),
      callsOf(load, floor, least),
    );
    figures.push({ ...comparison, target });
  }
  return figures;
}
