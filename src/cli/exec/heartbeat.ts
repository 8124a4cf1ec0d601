import { setTimeout as sleep } from "node:timers/promises";
import { acknowledgeCommandDocument, finishCommandDocument } from "../operations/command.js";
import { heartbeatRunDocument } from "../operations/run.js";
import type {
  CommandType,
  FailureKind,
  RunStatus,
  TurnResultInput,
} from "../../generated/documents/graphql.js";
import { type RunHold, leaseSeconds } from "./run-hold.js";

/** How often the service hears from us, in milliseconds. A cancellation takes as long to arrive. */
export const beatMs = 2_000;

/** The news that a heartbeat may bring. */
export interface HeartbeatListener {
  /** Our turn was cancelled, but the run was not. */
  onTurnCancelled: () => void;
  /** The run has ended without us. */
  onRunEnded: (status: RunStatus, failureKind: FailureKind | null) => void;
  /** Somebody asks to interrupt the work. */
  onInterrupt: () => void;
}

/** Sends heartbeats until the signal comes or the run has ended. Throws if the run is not ours any more. */
export async function beat(
  hold: RunHold,
  commandId: string,
  listener: HeartbeatListener,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const slept = await sleep(beatMs, true, { signal }).catch(() => false);
    if (!slept || !(await beatOnce(hold, commandId, listener))) return;
  }
}

/** Sends one heartbeat and answers the commands that came with it. Gives false if the run has ended. */
export async function beatOnce(
  hold: RunHold,
  commandId: string,
  listener: HeartbeatListener,
): Promise<boolean> {
  const { client, runId, runnerId } = hold;
  const { heartbeatRun } = await hold.write((leaseToken) =>
    client.request(heartbeatRunDocument, { input: { runId, runnerId, leaseToken, leaseSeconds } }),
  );
  const { run, pendingCommands } = heartbeatRun;
  if (run.status === "CLAIMED" && run.lease) hold.clock.note(run.lease.heartbeatAt);
  // If it is PENDING, the lease ran out a moment ago, and the next beat claims the run again.
  if (run.status !== "CLAIMED" && run.status !== "PENDING") {
    listener.onRunEnded(run.status, run.failureKind);
    return false;
  }
  if (run.commands.nodes.some(({ id }) => id === commandId)) listener.onTurnCancelled();
  for (const { id, type } of pendingCommands) {
    if (type === "INTERRUPT") listener.onInterrupt();
    await answerCommand(hold, id, type);
  }
  return true;
}

/** Takes a command and ends it. An interrupt was done by a signal. A process takes nothing else while it runs. */
async function answerCommand(hold: RunHold, commandId: string, type: CommandType): Promise<void> {
  const { client } = hold;
  const result: TurnResultInput =
    type === "INTERRUPT"
      ? { terminalStatus: "COMPLETED" }
      : {
          terminalStatus: "FAILED",
          failureKind: "BACKEND_FAILED",
          failureMessage: `exec runs one process and cannot take a ${type.toLowerCase()}: interrupt or cancel it`,
        };
  await hold.write((leaseToken) =>
    client.request(acknowledgeCommandDocument, { input: { commandId, leaseToken } }),
  );
  await hold.write((leaseToken) =>
    client.request(finishCommandDocument, { input: { commandId, leaseToken, result } }),
  );
}
