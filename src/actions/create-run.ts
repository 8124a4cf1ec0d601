import { AgentRunError } from "../domain/errors.js";
import { replayOf } from "../domain/idempotency.js";
import { newId } from "../domain/ids.js";
import { atRoot } from "../domain/session-tree.js";
import { assertSameBoundary, titleOfPrompt } from "../domain/session.js";
import { findFirstCommand } from "../store/command.js";
import { LostRace } from "../store/database-error.js";
import type { CommandRow, RunRow, SessionRow } from "../store/row.js";
import { dropRunKey, findRunByKey, findRuns } from "../store/run.js";
import { findSessions, saveRevival } from "../store/session.js";
import { lockSession, lockSessionByName } from "../store/session-locks.js";
import { ensureTenant } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { commandCreated } from "./add-command.js";
import { addRun, runCreated } from "./add-run.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { claimHeld, renewToken } from "./claim-run.js";
import { addAsked } from "./create-command.js";
import {
  type AskedRun,
  type AskedSession,
  type CreateRunInput,
  checkCreateRunInput,
} from "./create-run-input.js";
import { assertMayActAs } from "./runner.js";
import { redacted } from "./service-events.js";
import { addSession, assertBelow } from "./session-tree.js";
import { type HeldSession, sessionExpired } from "./session.js";

/** A run as it was created, with its first turn and its creator's lease if it was begun with them. */
export interface CreatedRun {
  run: RunRow;
  command: CommandRow | null;
  leaseToken: string | null;
  replayed: boolean;
}

/**
 * Creates a run, and also its session if the session's name is new, its first turn, and its creator's lease, all or nothing.
 * If the same key comes again with the same input, it gives the first run and turn again, and a new token if the runner still
 * holds it.
 */
export async function createRun(caller: Caller, input: CreateRunInput): Promise<CreatedRun> {
  requireReaderOrRunner(caller);
  const asked = await checkCreateRunInput(caller, input, await caller.store.payloadKey.read());
  if (asked.claim) await assertMayActAs(caller, asked.claim.runnerId);

  return (await begin(caller, asked)) ?? transaction(caller.store, (tx) => createOnce(tx, caller, asked));
}

/** Creates what begins as most sessions do, in one statement: see store/begin/begin.ts. Undefined if it does not. */
async function begin({ store }: Caller, asked: AskedRun): Promise<CreatedRun | undefined> {
  const { session: ref, turn, projectId, backendProfile, occurredAt } = asked;
  if (!ref || ref.parent !== null || asked.claim) return undefined;
  const [runId, sessionId, commandId] = [newId("run"), newId("session"), newId("command")];
  const run = { ...runOf(asked, runId), sessionId };
  const title = ref.title ?? (turn && titleOfPrompt(turn.payload));
  const session = { ...ref, ...atRoot, id: sessionId, projectId, backendProfile, title, lastRunId: runId };
  const events = [runCreated(run, session), ...(turn ? [commandCreated(commandId, turn.type)] : [])];
  const begun = await store.beginnings.do({
    session,
    run,
    turn: turn && { ...turn, id: commandId, runId },
    events: events.map(redacted),
    occurredAt,
  });
  return begun && { ...begun, leaseToken: null, replayed: false };
}

async function createOnce(tx: Tx, caller: Caller, asked: AskedRun): Promise<CreatedRun> {
  const earlier = asked.key === null ? undefined : await findRunByKey(tx, asked.projectId, asked.key);
  if (earlier && !(await isDeleted(tx, earlier)))
    return replay(tx, caller, asked, replayOf("run", earlier, asked.isSame(earlier)));

  const runId = newId("run");
  const [, row] = await tx.together(() =>
    Promise.all([
      tx.happened(asked.occurredAt, "input.occurredAt"),
      asked.session ? obtainSession(tx, asked, asked.session, runId) : ensureTenant(tx),
    ]),
  );
  const session = row ? { row, past: false } : null;
  const run = await addRun(tx, session, runOf(asked, runId));
  const command = asked.turn && (await addAsked(tx, caller, { session, runId }, asked.turn));
  const leaseToken = asked.claim && (await claimCreated(tx, caller, session, { ...asked.claim, runId }));
  const isChanged = Boolean(command || leaseToken);
  return { run: isChanged ? await readAgain(tx, run) : run, command, leaseToken, replayed: false };
}

/** Tells whether an earlier run with a key was deleted with its session. What is left of it gives up the key. */
async function isDeleted(tx: Tx, { id, sessionId }: RunRow): Promise<boolean> {
  if (sessionId === null || (await findSessions(tx, [sessionId])).length > 0) return false;
  await lockSession(tx, sessionId);
  await dropRunKey(tx, id);
  return true;
}

function runOf({ projectId, backendProfile, resourceBundle, metadata, ...asked }: AskedRun, id: string) {
  const { maxAttempts, parallel, key, payloadHash } = asked;
  const whole = { id, projectId, backendProfile, resourceBundle, metadata, maxAttempts, parallel };
  return { ...whole, idempotencyKey: key, payloadHash, resumesId: null };
}

/** Claims a run that was created in this transaction, and gives its token. */
async function claimCreated(
  tx: Tx,
  caller: Caller,
  session: HeldSession | null,
  claim: { runId: string; runnerId: string; leaseSeconds: number },
): Promise<string> {
  const result = await claimHeld(tx, caller, session, { ...claim, claimKey: null, mayRenew: false });
  if (result instanceof AgentRunError) throw result;
  return result;
}

/** Gives what the first call with the same key created. A runner that still holds the run gets a new token for it. */
async function replay(tx: Tx, caller: Caller, { turn, claim }: AskedRun, run: RunRow): Promise<CreatedRun> {
  const command = turn && ((await findFirstCommand(tx, run.id)) ?? null);
  const leaseToken = claim && (await renewToken(tx, caller, { ...claim, runId: run.id }));
  return { run: leaseToken ? await readAgain(tx, run) : run, command, leaseToken, replayed: true };
}

/** The run as its turn and its claim have changed it. */
async function readAgain(tx: Tx, run: RunRow): Promise<RunRow> {
  return (await findRuns(tx, [run.id]))[0] ?? run;
}

/**
 * Locks the session of this name, or makes it with this run if there is none. What the session has stored wins over what is asked, but a
 * session that has expired lives on if it is given a later `expiresAt`. Throws CONFLICT if it is not, and BAD_USER_INPUT if
 * another parent is asked for.
 */
async function obtainSession(
  tx: Tx,
  asked: AskedRun,
  ref: AskedSession,
  lastRunId: string,
): Promise<SessionRow> {
  const { projectId, backendProfile } = asked;
  const found = await lockSessionByName(tx, ref.name);
  const session =
    found ?? (await addSession(tx, { ...ref, projectId, backendProfile, lastRunId }, ref.parent));
  if (!session) throw new LostRace(`the name ${ref.name} was taken by another session`);
  assertSameBoundary(session, asked);
  if (found && ref.parent) await assertBelow(tx, found, ref.parent);
  if (found?.past) {
    const later = ref.expiresAt;
    if (later === null || !(await saveRevival(tx, session, later))) throw sessionExpired(session);
    session.expiresAt = later;
  }
  const filled = {
    conversationId: session.conversationId ?? ref.conversationId,
    threadId: session.threadId ?? ref.threadId,
    expiresAt: session.expiresAt ?? ref.expiresAt,
    ...(Object.keys(session.metadata).length > 0
      ? {}
      : { metadata: ref.metadata, title: (session.titleBy === null ? ref.title : null) ?? session.title }),
  };
  return { ...session, ...filled };
}
