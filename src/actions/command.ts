import { mayDo, requireScope } from "../auth/viewer.js";
import { commandStateOf, isCommandEnded, movesSession, defaultReason } from "../domain/command.js";
import { AgentRunError, notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import { assertMayWrite, mayWrite } from "../domain/lease.js";
import type { Outcome } from "../domain/run.js";
import type { OpenWork } from "../domain/session.js";
import {
  lockCommand,
  lockFreeCommands,
  saveAcknowledgement,
  saveCommandEnds,
  saveMessageTaken,
} from "../store/command.js";
import { lockRequestsOfTurn } from "../store/input-request.js";
import { Mergers } from "../store/merger.js";
import type { CommandRow, InputRequestRow } from "../store/row.js";
import { type LockedRun, lockFreeRunsOfCommands, lockRunOfCommand } from "../store/run.js";
import { lockFreeSessionsOf, lockSessionOf } from "../store/session-locks.js";
import { type SessionChange, findOpenWorkOf } from "../store/session.js";
import type { TenantStore } from "../store/store.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { commandTerminal } from "./finish-run.js";
import { takeText } from "./intake.js";
import { withdrawAll } from "./input-request/close.js";
import { freeOf, maxTogether } from "./run.js";
import { type ServiceEvent, writeEventsOfRuns } from "./service-events.js";
import { type HeldSession, endCommandWork, heldOf, isAlone, threadOf } from "./session.js";
import { type TurnResult, takeResult } from "./turn-result.js";

/**
 * Notes that the runner has taken the command, which ends an ANSWER. Changes nothing of a command that was taken before or has ended. While
 * the run is claimed, the caller needs the lease token.
 */
export async function acknowledgeCommand(
  caller: Caller,
  input: { commandId: string; leaseToken: string | null },
): Promise<CommandRow> {
  requireScope(caller.viewer, "runner");
  checkCommandId(input.commandId);
  return transaction(caller.store, async (tx) => {
    const { run, command } = await lockPlace(tx, input.commandId);
    if (command.state !== "PENDING") return command;
    assertMayWrite(run, { leaseToken: input.leaseToken, operator: mayDo(caller.viewer, "operator") });
    tx.touch(run.id);
    return command.type === "ANSWER" ? saveMessageTaken(tx, command.id) : saveAcknowledgement(tx, command.id);
  });
}

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
  const finish = { caller, commandId, leaseToken, end, thread, occurredAt };
  const finished = await finishes.of(caller.store).do(finish);
  return finished ?? transaction(caller.store, (tx) => finishOne(tx, finish));
}

/** Commands that end at the same time. Undefined for one that has to wait, or is not plain among others. */
const finishes = new Mergers((store: TenantStore) => ({
  most: maxTogether,
  keysOf: ({ commandId }: Finish) => [commandId],
  work: (all: readonly Finish[]) => transaction(store, (tx) => finishTogether(tx, all)),
}));

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

/** Cancels a command, no matter which runner holds its run. Changes nothing of a command that has ended. */
export async function cancelCommand(
  caller: Caller,
  input: { commandId: string; reason: string | null },
): Promise<CommandRow> {
  requireReaderOrRunner(caller);
  const reason = takeText(input.reason, "input.reason") ?? defaultReason;
  checkCommandId(input.commandId);
  const end: Outcome = { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: reason };

  return transaction(caller.store, async (tx) => {
    const held = await holdCommand(tx, input.commandId);
    if (isCommandEnded(held.command.state)) return held.command;
    if (held.command.type === "ANSWER") throw answerStays(held.command.id);
    const closed = await withdrawAll(tx, held.asked);
    const ended = commandTerminal(held.command, end, { message: reason });
    tx.byReader(caller.viewer.readerId, held.run.sessionId);
    return endCommand(tx, held, { end, events: [...closed, ended], change: {} });
  });
}

function answerStays(commandId: string): AgentRunError {
  return new AgentRunError(`command ${commandId} is an answer, which cannot be cancelled`, {
    code: "CONFLICT",
    details: { commandId },
  });
}

function checkCommandId(commandId: string): void {
  checkId("command", commandId, "input.commandId");
}

/** Locks a command after its run. Throws NOT_FOUND if there is no such command. */
async function lockPlace(tx: Tx, commandId: string): Promise<{ run: LockedRun; command: CommandRow }> {
  const [run, command] = await tx.together(() =>
    Promise.all([lockRunOfCommand(tx, commandId), lockCommand(tx, commandId)]),
  );
  if (!run || !command) throw notFound("command", commandId);
  return { run, command };
}

/** A locked command, what it asks of people, and its run and session. */
interface HeldCommand {
  session: HeldSession | null;
  run: LockedRun;
  command: CommandRow;
  asked: InputRequestRow[];
  /** What is open in the session besides. */
  open: OpenWork;
}

/** As {@link lockPlace}, with the session and what the command asks. */
async function holdCommand(tx: Tx, commandId: string): Promise<HeldCommand> {
  const [session, place, asked, open] = await tx.together(() =>
    Promise.all([
      lockSessionOf(tx, "command", commandId),
      lockPlace(tx, commandId),
      lockRequestsOfTurn(tx, commandId),
      findOpenWorkOf(tx, "command", [commandId]),
    ]),
  );
  const work = open.get(commandId);
  if (!work) throw notFound("command", commandId);
  return { session: heldOf(session), ...place, asked, open: work };
}

/** How a command ends, the events that tell it, of which the last tells the end, and what else changes in the session of a turn or steer. */
interface CommandEnd {
  end: Outcome;
  events: readonly ServiceEvent[];
  change: SessionChange;
}

/** Ends a held command and writes its events. If it is a turn or a steer, its session changes with it. */
async function endCommand(tx: Tx, held: HeldCommand, end: CommandEnd): Promise<CommandRow> {
  // What the command asked may have been withdrawn since.
  const left = held.asked.length > 0 ? await findOpenWorkOf(tx, "command", [held.command.id]) : undefined;
  const open = left?.get(held.command.id) ?? held.open;
  const [ended] = await endCommands(tx, [{ held: { ...held, open }, ...end }]);
  if (!ended) throw new Error("an ended command was not returned");
  return ended;
}

/** As {@link endCommand}, several, each in a session of its own. */
async function endCommands(
  tx: Tx,
  ends: readonly (CommandEnd & { held: HeldCommand })[],
): Promise<CommandRow[]> {
  if (ends.length === 0) return [];
  const save = ({ held: { run, command }, end, events }: CommandEnd & { held: HeldCommand }) =>
    saveCommandEnds(tx, {
      commandIds: [command.id],
      state: commandStateOf(end.terminalStatus),
      ...end,
      firstSeq: run.lastEventSeq + events.length,
    });
  const move = async ({
    held: { session, command, open },
    end,
    change,
  }: CommandEnd & { held: HeldCommand }) => {
    if (session && movesSession(command.type))
      await endCommandWork(tx, session, { end, type: command.type, change, open });
  };
  const send = () =>
    Promise.all([
      Promise.all(ends.map(save)),
      ...ends.map(move),
      writeEventsOfRuns(
        tx,
        ends.map(({ held: { run }, events }) => ({ run, events })),
      ),
    ]);
  const isLast = ends.every(({ held }) => isAlone(held.session));
  return (await (isLast ? tx.finish(send) : tx.together(send)))[0].flat();
}
