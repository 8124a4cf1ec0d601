import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { findCommandPlace } from "../../store/command.js";
import type { AttemptLinks } from "../../store/queue/attempt.js";
import { findRunSession } from "../../store/run.js";
import type { Caller } from "../caller.js";
import { type SessionRef, requireSession } from "../session.js";

/** What a runner says that it works in; a command says its run too, and a run its session. */
export interface SentLinks {
  runId?: string | null;
  commandId?: string | null;
  session?: SessionRef | null;
}

/**
 * The run, command and session that are meant, null where nothing says one. NOT_FOUND where one is missing, or is not part
 * of the other that is named.
 */
export async function resolveLinks(caller: Caller, sent: SentLinks): Promise<AttemptLinks> {
  const sessionId = sent.session ? await requireSession(caller, sent.session, "input.session") : null;
  const run = typeof sent.runId === "string" ? await findRun(caller, sent.runId) : null;
  const command = typeof sent.commandId === "string" ? await findCommand(caller, sent.commandId) : null;
  if (run && command && command.runId !== run.runId) throw notFound("command", command.commandId);
  const place = command ?? run;
  if (place && sessionId !== null && place.sessionId !== sessionId) throw notFound("run", place.runId);
  return {
    runId: place?.runId ?? null,
    commandId: command?.commandId ?? null,
    sessionId: sessionId ?? place?.sessionId ?? null,
  };
}

/** The links of an attempt after new ones were named: a command of another run does not stay. */
export function withLinks(old: AttemptLinks, named: AttemptLinks): AttemptLinks {
  const runId = named.runId ?? old.runId;
  return {
    runId,
    commandId: named.commandId ?? (runId === old.runId ? old.commandId : null),
    sessionId: named.sessionId ?? old.sessionId,
  };
}

async function findRun({ store }: Caller, runId: string) {
  const found = await findRunSession(store, checkId("run", runId, "input.runId"));
  if (!found) throw notFound("run", runId);
  return { runId, sessionId: found.sessionId };
}

async function findCommand({ store }: Caller, commandId: string) {
  const found = await findCommandPlace(store, checkId("command", commandId, "input.commandId"));
  if (!found) throw notFound("command", commandId);
  return { ...found, commandId };
}
