import type { Bench } from "./bench.js";
import type { Transport } from "./caller.js";
import { compare } from "./comparison.js";
import { countsBody, eventsBody, inboxBody, sessionsBody, viewerBody } from "./operations.js";
import { eventCount, idOf, sessionCount } from "./rows.js";

const connections = 16;

/** Reading: pages and nothing at all, against the same JSON made by Postgres in one prepared statement. */
export async function benchPages({ load, service, floor }: Bench): Promise<void> {
  const runId = idOf("run", 1);
  const pages: { what: string; body: string; path: string; floorBody: string; over?: Transport }[] = [
    { what: "viewer", body: viewerBody, path: "/viewer", floorBody: "{}" },
    {
      what: "viewer over WebSocket",
      body: viewerBody,
      path: "/viewer",
      floorBody: "{}",
      over: "WebSocket",
    },
    {
      what: `20 of ${sessionCount.toLocaleString("en-US")} sessions`,
      body: sessionsBody,
      path: "/sessions",
      floorBody: "{}",
    },
    {
      what: `20 unread of ${sessionCount.toLocaleString("en-US")}`,
      body: inboxBody,
      path: "/inbox",
      floorBody: "{}",
    },
    { what: "the inbox's figures", body: countsBody, path: "/counts", floorBody: "{}" },
    {
      what: `100 of ${eventCount.toLocaleString("en-US")} events`,
      body: eventsBody(runId),
      path: "/events",
      floorBody: JSON.stringify({ id: runId }),
    },
  ];
  for (const { what, body, path, floorBody, over = "HTTP" } of pages) {
    const measure = (url: string, text: string, transport: Transport) => async (durationMs: number) => {
      const bodies = Array.from({ length: connections }, () => text);
      return (await load.ask("call", { url, bodies, over: transport, durationMs })).callsPerSecond;
    };
    await compare(
      `${what}, ${connections} connections`,
      "calls/s",
      measure(service.url, body, over),
      measure(floor.url + path, floorBody, "HTTP"),
    );
  }
}
