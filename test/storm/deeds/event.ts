import {
  acknowledgeStormCommand,
  appendStormEvents,
  cancelStormCommand,
  createStormCommand,
  finishStormCommand,
} from "../operations.js";
import { type Deed, type Writer, learn } from "../deed.js";
import { pickRun } from "./run.js";

/** Appends one to five messages, sometimes a question, and sometimes again with the same key. */
const append: Deed = async (writer) => {
  const { held, random, send, ledger } = writer;
  const runId = held?.runId ?? pickRun(writer);
  if (runId === undefined) return;
  const idempotencyKey = writer.nextKey();
  const texts = Array.from({ length: 1 + random.below(5) }, (_, index) => `${idempotencyKey}.${index}`);
  const asks = random.chance(0.05);
  const input = {
    runId,
    idempotencyKey,
    leaseToken: held?.leaseToken,
    events: texts.map((text) =>
      asks
        ? { type: "INPUT_REQUEST" as const, payload: { kind: "question", prompt: text } }
        : { type: "ASSISTANT_MESSAGE" as const, payload: { text } },
    ),
  };
  const stored = await send(appendStormEvents, { input });
  if (!stored) return;
  const seqs = stored.appendEvents.events.map(({ seq }) => seq);
  texts.forEach((text, index) => ledger.events.push({ runId, seq: seqs[index] ?? 0, text }));
  if (!random.chance(0.1)) return;
  const again = await send(appendStormEvents, { input });
  // The lease may have run out in the meantime; what was stored is given all the same.
  if (again && again.appendEvents.lastSeq !== seqs.at(-1))
    throw new Error(`appendEvents gave other events for ${idempotencyKey}`);
};

const command: Deed = async (writer) => {
  const { random, send, shared, ledger } = writer;
  const runId = pickRun(writer);
  if (runId === undefined) return;
  const idempotencyKey = writer.nextKey();
  const type = random.pick(["TURN", "TURN", "STEER", "INTERRUPT"] as const);
  const input = { runId, type, payload: { prompt: idempotencyKey }, idempotencyKey };
  const created = await send(createStormCommand, { input });
  if (!created) return;
  const { id } = created.createCommand.command;
  ledger.commands.push({ id, runId, text: idempotencyKey });
  learn(shared.commands, { id, runId });
  if (!random.chance(0.1)) return;
  const again = await send(createStormCommand, { input });
  if (again?.createCommand.command.id !== id)
    throw new Error(`createCommand gave another command for ${idempotencyKey}`);
};

/** Takes a command of the run that it holds, and ends it. */
const work: Deed = async (writer) => {
  const { held, random, send } = writer;
  const commandId = held?.commandIds.shift();
  if (!held || commandId === undefined) return end(writer);
  const { leaseToken } = held;
  const taken = await send(acknowledgeStormCommand, { input: { commandId, leaseToken } });
  if (!taken || random.chance(0.3)) return;
  const result = { terminalStatus: random.pick(["COMPLETED", "FAILED", "BLOCKED"] as const) };
  const ended = await send(finishStormCommand, { input: { commandId, leaseToken, result } });
  if (ended) noteEnd(writer, ended.finishCommand.command);
};

/** Ends or cancels any command, holder or not. */
const end: Deed = async (writer) => {
  const { random, send, shared } = writer;
  if (shared.commands.length === 0) return;
  const { id: commandId } = random.pick(shared.commands);
  if (random.chance(0.5)) {
    const ended = await send(cancelStormCommand, { input: { commandId } });
    if (ended) noteEnd(writer, ended.cancelCommand.command);
    return;
  }
  const ended = await send(finishStormCommand, {
    input: { commandId, result: { terminalStatus: "COMPLETED" } },
  });
  if (ended) noteEnd(writer, ended.finishCommand.command);
};

function noteEnd({ ledger }: Writer, { id, state }: { id: string; state: string }): void {
  ledger.endedCommands.push({ id, state });
}

export const eventDeeds: readonly Deed[] = [append, append, append, command, work, end];
