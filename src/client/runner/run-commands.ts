/*
 * The commands of a run that is held: each is acknowledged and handed out once. What an earlier holder took and did not end is handed out too,
 * since nobody else will do it. An answer to what the runner asks goes to who waits for it, and one that nobody waits for, since another
 * runner asked, is handed out as a command.
 */
import type { CommandType, FollowCommandsSubscription } from "../../generated/client/graphql.js";
import type { StoreClient } from "../stores/store.js";
import { acknowledgeDocument, followCommandsDocument } from "./documents.js";
import { type Answer, type Questions, type Told, answerIn } from "./questions.js";
import type { RunLease } from "./run-lease.js";

/** What is asked of a runner. */
export interface RunCommand {
  id: string;
  type: CommandType;
  /** What it says in words; null where it has none. */
  text: string | null;
  payload: unknown;
  /** Aborted when it is cancelled. */
  signal: AbortSignal;
}

type Sent = FollowCommandsSubscription["runCommands"]["commands"][number];

/** Turns and steers are work, which lasts until they end; the others are messages. */
const isWork = ({ type }: Pick<Sent, "type">): boolean => type === "TURN" || type === "STEER";

/** Takes the commands of a run until the run has ended, or is not held any more. */
export class RunCommands {
  readonly #client: StoreClient;
  readonly #lease: RunLease;
  readonly #questions: Questions;
  #commands: RunCommand[] = [];
  readonly #taken = new Map<string, AbortController>();
  readonly #atWork = new Set<string>();
  #hasWorked = false;
  #wake = (): void => {};
  #end: { error?: unknown } | undefined;

  constructor(client: StoreClient, lease: RunLease, questions: Questions) {
    this.#client = client;
    this.#lease = lease;
    this.#questions = questions;
    this.#follow().then(
      () => this.#finish({}),
      (error: unknown) => this.#finish(lease.signal.aborted ? {} : { error }),
    );
  }

  /** Hands out each command, until the run has ended. Throws where it cannot be told what is asked. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RunCommand, undefined> {
    for (;;) {
      for (let command = this.#commands.shift(); command; command = this.#commands.shift()) yield command;
      if (this.#end && "error" in this.#end) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** True where there was work, and all of it has ended. */
  get isDone(): boolean {
    return this.#hasWorked && this.#atWork.size === 0;
  }

  /** Notes that a command has ended, which the service tells only later. */
  noteEnd(commandId: string): void {
    this.#atWork.delete(commandId);
  }

  /** Takes the answer to what an earlier holder asked under that id, if it waits to be handed out. */
  takeAnswer(requestId: string): Answer | undefined {
    const told = this.#commands.find(
      ({ type, payload }) => type === "ANSWER" && (payload as Told).requestId === requestId,
    );
    this.#commands = this.#commands.filter((command) => command !== told);
    return told && answerIn(told.payload as Told);
  }

  #finish(end: { error?: unknown }): void {
    this.#end = end;
    this.#wake();
  }

  async #follow(): Promise<void> {
    const { runId, signal } = this.#lease;
    const variables: { runId: string; after?: string } = { runId };
    const cursorOf = (data: FollowCommandsSubscription) => data.runCommands.cursor;
    for await (const data of this.#client.follow(followCommandsDocument, variables, cursorOf, { signal })) {
      const taken: RunCommand[] = [];
      for (const command of data.runCommands.commands) {
        const one = await this.#take(command);
        if (one) taken.push(one);
      }
      // Together: who is handed a turn finds the answer that came with it.
      this.#commands.push(...taken);
      this.#wake();
      // A turn or steer may have answered what is asked, and the end of a turn withdraws it.
      this.#questions.look();
    }
    // The run has ended.
    this.#lease.end();
  }

  async #take(command: Sent): Promise<RunCommand | undefined> {
    const { id, type, state, text, payload } = command;
    const known = this.#taken.get(id);
    const isLive = state === "PENDING" || state === "ACKNOWLEDGED";
    if (isWork(command)) {
      this.#hasWorked = true;
      if (isLive) this.#atWork.add(id);
      else this.#atWork.delete(id);
    }
    // A command comes again when it ends.
    if (known && state === "CANCELLED") known.abort();
    if (known || !(state === "PENDING" || (isLive && isWork(command)))) return undefined;
    const cancelled = new AbortController();
    this.#taken.set(id, cancelled);
    await this.#lease.write((leaseToken) =>
      this.#client.request(acknowledgeDocument, { input: { commandId: id, leaseToken } }),
    );
    if (type === "ANSWER" && this.#questions.tell(payload as Told)) return undefined;
    return { id, type, text, payload, signal: cancelled.signal };
  }
}
