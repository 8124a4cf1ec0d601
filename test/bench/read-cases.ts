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

/** The session and the run that are read. */
export const sessionId = idOf("ses", 1);
export const runId = idOf("run", 1);

const sessions = sessionCount.toLocaleString("en-US");

/** What is read of the service, of the floor and of peers, by its name here and as it is printed. */
export const cases = {
  typename: { what: "__typename", body: typenameBody },
  viewer: { what: "viewer", body: viewerBody },
  node: { what: "a node", body: nodeBody(sessionId) },
  sessions: { what: `20 of ${sessions} sessions`, body: sessionsBody },
  inbox: { what: `20 unread of ${sessions}`, body: inboxBody },
  counts: { what: "the inbox's figures", body: countsBody },
  events: { what: `100 of ${eventCount.toLocaleString("en-US")} events`, body: eventsBody(runId) },
};

/** A name of {@link cases}. */
export type CaseName = keyof typeof cases;
