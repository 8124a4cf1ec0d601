import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import type { GraphClient } from "../../client/transport.js";
import type { Child } from "../exec/child.js";
import type { Notices } from "../exec/notices.js";
import type { WorkerOptions } from "../exec/options.js";
import { resultOf } from "../exec/outcome.js";
import type { PassThrough } from "../exec/pass-through.js";
import { type ProcessEnd, recordProcess } from "../exec/record-process.js";
import { RunHold } from "../exec/run-hold.js";
import { type OpenTurn, finishTurn, openTurn } from "../exec/turn.js";
import { attemptEndOf } from "./attempt-end.js";
import type { ClaimedTask } from "./claim.js";
import type { WorkerStop } from "./stop.js";
import { type TaskEnd, TaskHold } from "./task-hold.js";

/** What a worker needs for each task. */
export interface TaskWork {
  argv: readonly [string, ...string[]];
  options: WorkerOptions;
  client: GraphClient;
  runnerId: string;
  notices: Notices;
  passThrough: PassThrough;
  stop: WorkerStop;
}

/** The end of a task's run if its worker is stopped. */
const stopped: TaskEnd = {
  message: "the worker was stopped",
  result: { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: "the worker was stopped" },
};

/**
 * Works on a claimed task in a run, a turn and a process of its own. It ends when the process has ended, when the task
 * is not ours any more, or when the worker has to stop and gives the task back. Gives true if the attempt and its run
 * are over by then.
 */
export async function runTask(work: TaskWork, claimed: ClaimedTask): Promise<boolean> {
  const task = new TaskRun(work, claimed);
  const halt = () => task.halt(stopped);
  const { asked, halted } = work.stop;
  work.stop.hasTask = true;
  // A task that was being claimed when the signal came is given back.
  if (asked.aborted) halt();
  else halted.addEventListener("abort", halt);
  try {
    return await task.run();
  } finally {
    halted.removeEventListener("abort", halt);
    work.stop.hasTask = false;
    task.close();
  }
}

class TaskRun {
  readonly #work: TaskWork;
  readonly #claimed: ClaimedTask;
  readonly #hold: TaskHold;
  readonly #halted = new AbortController();
  /** Why the process has to stop before it ends by itself. */
  #end: TaskEnd | undefined;

  constructor(work: TaskWork, claimed: ClaimedTask) {
    this.#work = work;
    this.#claimed = claimed;
    const { client, notices, stop } = work;
    const options = { ...notices, signal: stop.gaveUp };
    this.#hold = new TaskHold(client, claimed, options, (end) => this.halt(end));
  }

  /** Stops the process. If the process has ended already, the task still ends by it. */
  halt(end: TaskEnd): void {
    const { child } = this.#work.stop;
    child?.stop();
    if (this.#end || child?.hasExited) return;
    this.#end = end;
    this.#halted.abort();
    this.#work.notices.warn(child ? `${end.message}: stopping the process` : end.message);
  }

  close(): void {
    this.#hold.close();
    this.#work.stop.child = undefined;
  }

  async run(): Promise<boolean> {
    if (this.#end) return this.#giveBack();
    let turn: OpenTurn | undefined;
    try {
      turn = await this.#open();
    } catch (error) {
      return this.#refuse(error);
    }
    if (!turn) return this.#hold.end !== undefined || this.#giveBack();
    const { client, notices, stop } = this.#work;
    const runHold = new RunHold(client, turn, { ...notices, signal: stop.gaveUp });
    const { runId, commandId } = turn;
    await this.#hold.update({ state: "RUNNING", runId, commandId, session: { sessionId: this.#sessionId } });
    if (!this.#end) return this.#settle(await this.#record(runHold, commandId));
    const isEnded = await endTurn(runHold, commandId, this.#end);
    return (this.#hold.end !== undefined || (await this.#giveBack())) && isEnded;
  }

  get #sessionId(): string {
    return `queue-${this.#claimed.taskId}`;
  }

  async #open(): Promise<OpenTurn | undefined> {
    const { argv, client, runnerId, options, notices } = this.#work;
    const { taskId, number, title, projectId } = this.#claimed;
    const request = {
      argv,
      runnerId,
      sessionId: this.#sessionId,
      projectId: options.projectId ?? projectId,
      backendProfile: options.backendProfile,
      title: title ?? undefined,
      // The next attempt has a run of its own, so a run whose lease ran out need not be claimed again.
      maxAttempts: 1,
      facts: { taskId, attempt: number },
    };
    const retrying = { onRetry: notices.onRetry, signal: this.#halted.signal };
    const turn = await openTurn(client, request, retrying);
    notices.onAnswer();
    if (turn) notices.say(`task ${taskId}, attempt ${number}; session ${this.#sessionId}, run ${turn.runId}`);
    return turn;
  }

  /**
   * Deals with an error because of which there is no turn. If the run or its session was refused, the attempt ends. An
   * error that would come with every task ends the worker.
   */
  async #refuse(error: unknown): Promise<boolean> {
    if (!(error instanceof GraphRequestError)) throw error;
    if (this.#end) return this.#hold.end !== undefined || this.#giveBack();
    const failureMessage = `the command was not run: ${error.message}`;
    if (hasCode(error, "ALREADY_TERMINAL")) {
      await this.#hold.update({ state: "CANCELLED", failureKind: "CANCELLED", failureMessage });
    } else if (hasCode(error, "BAD_USER_INPUT", "TENANT_POLICY_DENIED")) {
      await this.#hold.update({ state: "FAILED", failureKind: "INFRA_FAILED", failureMessage });
    } else {
      await this.#hold.release();
      throw error;
    }
    this.#work.notices.warn(failureMessage);
    return true;
  }

  #record(hold: RunHold, commandId: string): Promise<ProcessEnd> {
    const { argv, options, notices, passThrough, stop } = this.#work;
    const { payload } = this.#claimed;
    return recordProcess({
      argv,
      hold,
      commandId,
      maxHeldBytes: options.maxHeldBytes,
      isMerged: options.isMerged,
      notices,
      passThrough,
      input: `${JSON.stringify(payload)}\n`,
      env: this.#environment(hold.runId),
      onStarted: (child: Child) => {
        stop.child = child;
        if (this.#end) child.stop();
      },
      resultOf: (exit) => this.#end?.result ?? resultOf(exit),
    });
  }

  /** Gives the variables that name the work to the process. */
  #environment(runId: string): NodeJS.ProcessEnv {
    return {
      AGENTRUN_TASK_ID: this.#claimed.taskId,
      AGENTRUN_ATTEMPT: String(this.#claimed.number),
      AGENTRUN_RUN_ID: runId,
      AGENTRUN_SESSION_ID: this.#sessionId,
      AGENTRUN_URL: this.#work.options.url,
    };
  }

  async #settle(end: ProcessEnd): Promise<boolean> {
    const isEnded = end.status !== undefined;
    if (this.#hold.end) return isEnded;
    const update = this.#end ? undefined : attemptEndOf(end);
    if (!update) return (await this.#giveBack()) && isEnded;
    if (!(await this.#hold.update(update)))
      this.#work.notices.warn("the attempt was over before its end was told");
    return true;
  }

  async #giveBack(): Promise<boolean> {
    const isReleased = await this.#hold.release();
    const { taskId } = this.#claimed;
    this.#work.notices.say(
      isReleased ? `task ${taskId} is given back` : `task ${taskId} was not ours any more`,
    );
    return true;
  }
}

/** Ends a turn whose process was never started. Gives false if the turn could not be ended. */
async function endTurn(hold: RunHold, commandId: string, { result }: TaskEnd): Promise<boolean> {
  try {
    await finishTurn(hold, commandId, result);
    return true;
  } catch (error) {
    if (!(error instanceof GraphRequestError)) throw error;
    return hasCode(error, "ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT");
  }
}
