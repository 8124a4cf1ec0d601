import { notFound } from "../../domain/errors.js";
import { checkId } from "../../domain/ids.js";
import { findCommands } from "../../store/command.js";
import type { AttemptLinks } from "../../store/queue/attempt.js";
import { findRuns } from "../../store/run.js";
import type { Caller } from "../caller.js";
import { type SessionRef, requireSession } from "../session.js";

/**
 * Names the run, the command or the session in which an attempt does its work. A command implies its run, and a run
 * its session.
 */
export interface SentLinks {
  runId?: string | null;
  commandId?: string | null;
  session?: SessionRef | null;
}

/**
 * Finds the run, command and session that are meant. Each is null if nothing names or implies it. Throws NOT_FOUND if
 * one that is named does not exist, or if two are named that do not belong together.
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

/**
 * Gives the links of an attempt after new ones were named. Old links stay, except for a command if the run is another
 * one.
 */
export function withLinks(old: AttemptLinks, named: AttemptLinks): AttemptLinks {
  const runId = named.runId ?? old.runId;
  return {
    runId,
    commandId: named.commandId ?? (runId === old.runId ? old.commandId : null),
    sessionId: named.sessionId ?? old.sessionId,
  };
}

async function findRun({ store }: Caller, runId: string) {
  const [found] = await findRuns(store, [checkId("run", runId, "input.runId")]);
  if (!found) throw notFound("run", runId);
  return { runId, sessionId: found.sessionId };
}

async function findCommand({ store }: Caller, commandId: string) {
  const [found] = await findCommands(store, [checkId("command", commandId, "input.commandId")]);
  if (!found) throw notFound("command", commandId);
  return { runId: found.runId, sessionId: found.sessionId, commandId };
}
