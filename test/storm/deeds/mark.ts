import { hasCode } from "../../../src/client/graph-request-error.js";
import {
  archiveStormSession,
  pinStormSession,
  readStormList,
  readStormSession,
  snoozeStormSession,
  unreadStormSession,
} from "../operations.js";
import type { MarkKind } from "../ledger.js";
import type { Deed, Writer } from "../deed.js";

/*
 * A try that was given up may still be done by a node that was paused, after later ones. So what is looked for in the end are
 * marks that such a try cannot undo: versions that only rise, and what a reader marks one way alone.
 */

/** Until when every reader snoozes. */
const until = "2100-01-01T00:00:00.000000Z";

const pickSession = ({ random, shared }: Writer) => ({ sessionId: random.pick(shared.sessionNames) });

const read: Deed = async (writer) => {
  const marked = await writer.send(readStormSession, { input: { session: pickSession(writer) } });
  if (!marked) return;
  const { id, attention } = marked.markSessionRead.session;
  note(writer, id, "read", { version: attention.readVersion ?? 0 });
};

const unread: Deed = async (writer) => {
  await writer.send(unreadStormSession, { input: { session: pickSession(writer) } });
};

/** For a reader of its own, so that what the others read stands in their marks alone. */
const readAll: Deed = async ({ send, name, operator }) => {
  if (!operator) return;
  await send(readStormList, { input: { filter: { state: "ALL" }, readerId: `${name}-list` } });
};

const pin: Deed = async (writer) => {
  const marked = await writer.send(pinStormSession, { input: { session: pickSession(writer) } });
  if (marked) note(writer, marked.pinSession.session.id, "pinned");
};

const archive: Deed = async (writer) => {
  const marked = await writer.send(archiveStormSession, { input: { session: pickSession(writer) } });
  if (marked) note(writer, marked.archiveSession.session.id, "archived");
};

const snooze: Deed = async (writer) => {
  const { random, send, shared } = writer;
  const sessionId = random.pick(shared.sessionNames.slice(1));
  const marked = await send(snoozeStormSession, { input: { session: { sessionId }, until } });
  if (marked) note(writer, marked.snoozeSession.session.id, "snoozed", { until });
};

/** In the first session alone snoozes are soon over, so that the sweeper has some to end. */
const doze: Deed = async ({ send, shared }) => {
  const soon = new Date(Date.now() + 3_000).toISOString();
  const [sessionId = ""] = shared.sessionNames;
  const asked = send(snoozeStormSession, { input: { session: { sessionId }, until: soon } });
  await asked.catch((error: unknown) => {
    // It was not taken before it was over.
    if (!hasCode(error, "BAD_USER_INPUT")) throw error;
  });
};

function note(
  { ledger, name }: Writer,
  sessionId: string,
  kind: MarkKind,
  told: { version?: number; until?: string } = {},
): void {
  ledger.marks.push({
    readerId: name,
    sessionId,
    kind,
    version: told.version ?? 0,
    until: told.until ?? null,
  });
}

export const markDeeds: readonly Deed[] = [read, unread, readAll, pin, archive, snooze, doze];
