import { mayDo, requireScope } from "../auth/viewer.js";
import { isCommandEnded, movesSession } from "../domain/command.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite, mayWrite } from "../domain/lease.js";
import type { Outcome } from "../domain/run.js";
import { lockFreeCommands } from "../store/command.js";
import { lockRequestsOfTurn } from "../store/input-request.js";
import type { CommandRow } from "../store/row.js";
import { lockFreeRunsOfCommands } from "../store/run.js";
import { lockFreeSessionsOf } from "../store/session-locks.js";
import { findOpenWorkOf } from "../store/open-work.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { commandTerminal } from "./finish-run.js";
import {
  type CommandEnd,
  type HeldCommand,
  checkCommandId,
  endCommand,
  endCommands,
  holdCommand,
} from "./held-command.js";
import { withdrawAll } from "./input-request/close.js";
import { freeOf } from "./run.js";
import type { ServiceEvent } from "./service-events.js";
import { isAlone, threadOf } from "./session.js";
import { together } from "./together.js";
import { type TurnResult, takeResult } from "./turn-result.js";

/** A command that is to be ended with its result, checked. */
interface Finish {
  caller: Caller;
  commandId: string;
  leaseToken: string | null;
  end: Outcome;
  thread: { threadId: string | null; turnId: string | null };
  occurredAt: Instant | null;
}

/**
 * Ends a command with its result. Changes nothing of a command that has ended. While the run is claimed, the caller
 * needs the lease token.
 */
export async function finishCommand(
  caller: Caller,
  input: { commandId: string; result: TurnResult; leaseToken: string | null; occurredAt?: Instant | null },
): Promise<CommandRow> {
  requireScope(caller.viewer, "runner");
  const { end, ...thread } = takeResult(input.result, "input.result");
  const { commandId, leaseToken, occurredAt = null } = input;
  checkCommandId(commandId);
  return finishIt({ caller, commandId, leaseToken, end, thread, occurredAt });
}

const finishIt = together<Finish, CommandRow>({
  keyOf: ({ commandId }) => commandId,
  all: finishTogether,
  one: finishOne,
});

async function finishOne(tx: Tx, finish: Finish): Promise<CommandRow> {
  return finishHeld(tx, finish, await holdCommand(tx, finish.commandId));
}

/**
 * Ends, without waiting for anybody's lock: one that is alone as {@link finishOne} does, of several those that meet nothing, all with the same
 * statements.
 */
async function finishTogether(tx: Tx, all: readonly Finish[]): Promise<(CommandRow | undefined)[]> {
  const ids = all.map(({ commandId }) => commandId);
  const only = all.length === 1 ? all[0] : undefined;
  const [sessions, runs, commands, asked, open] = await tx.together(() =>
    Promise.all([
      lockFreeSessionsOf(tx, "command", ids),
      lockFreeRunsOfCommands(tx, ids),
      lockFreeCommands(tx, ids),
      only ? lockRequestsOfTurn(tx, only.commandId) : [],
      findOpenWorkOf(tx, "command", ids),
    ]),
  );
  const free = freeOf(runs, sessions);
  const held = new Map<string, HeldCommand>();
  for (const command of commands) {
    const place = free.get(command.runId);
    const work = open.get(command.id);
    if (place && work) held.set(command.id, { ...place, command, asked, open: work });
  }
  if (only) {
    const place = held.get(only.commandId);
    return [place && (await finishHeld(tx, only, place))];
  }
  const taken = new Set<string>();
  const ends = all.flatMap((finish) => {
    const place = held.get(finish.commandId);
    if (!place || !isPlain(finish, place) || taken.has(place.session?.row.id ?? "")) return [];
    taken.add(place.session?.row.id ?? "");
    return [{ held: place, ...endOf(finish, place, []) }];
  });
  const ended = new Map((await endCommands(tx, ends)).map((command) => [command.id, command]));
  return ids.map((id) => ended.get(id));
}

/** Whether ending a held command asks for nothing but to be stored. */
function isPlain(
  { leaseToken, caller, occurredAt }: Finish,
  { session, run, command, open }: HeldCommand,
): boolean {
  if (isCommandEnded(command.state) || occurredAt !== null || open.openRequests > 0) return false;
  const writer = { leaseToken, operator: mayDo(caller.viewer, "operator") };
  return session !== null && isAlone(session) && mayWrite(run, writer);
}

async function finishHeld(tx: Tx, finish: Finish, held: HeldCommand): Promise<CommandRow> {
  const { caller, leaseToken, end, occurredAt } = finish;
  if (isCommandEnded(held.command.state)) return held.command;
  assertMayWrite(held.run, { leaseToken, operator: mayDo(caller.viewer, "operator") });
  await tx.happened(occurredAt, "input.occurredAt");
  const closed = end.terminalStatus === "BLOCKED" ? [] : await withdrawAll(tx, held.asked);
  return endCommand(tx, held, endOf(finish, held, closed));
}

/** How a held command ends, and what tells it after what else was closed. */
function endOf({ end, thread }: Finish, held: HeldCommand, closed: readonly ServiceEvent[]): CommandEnd {
  const moved = threadOf(movesSession(held.command.type) ? held.session : null, thread);
  const ended = commandTerminal(held.command, end, thread);
  return { end, events: [...moved.events, ...closed, ended], change: moved.change };
}
