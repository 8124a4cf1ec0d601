/*
 * The commands of a run that is held: each is acknowledged and handed out once. What an earlier holder took and did not end is handed out too,
 * since nobody else will do it. An answer to what the runner asks goes to who waits for it, and one that nobody waits for, since another
 * runner asked, is handed out as a command.
 */
import type { CommandType, FollowCommandsSubscription } from "../../generated/client/graphql.js";
import { retry } from "../retry.js";
import type { StoreClient } from "../stores/store.js";
import { acknowledgeDocument, followCommandsDocument } from "./documents.js";

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

/** What a person answered. */
export interface Answer {
  /** `approved` or `denied`; `answered` or `denied` of a question; undefined where it expired: silence never approves. */
  decision: "approved" | "denied" | "answered" | undefined;
  expired: boolean;
  choiceIds: readonly string[];
  value: unknown;
  comment: string | null;
  answeredBy: string | null;
}

type Sent = FollowCommandsSubscription["runCommands"]["commands"][number];

/** Turns and steers are work, which lasts until they end; the others are messages. */
const isWork = ({ type }: Pick<Sent, "type">): boolean => type === "TURN" || type === "STEER";

/** Takes the commands of a run until the run has ended, or is not held any more. */
export class RunCommands {
  readonly #client: StoreClient;
  readonly #held: { runId: string; leaseToken: string };
  #commands: RunCommand[] = [];
  readonly #taken = new Map<string, AbortController>();
  readonly #atWork = new Set<string>();
  #hasWorked = false;
  readonly #asked = new Map<string, (answer: Answer) => void>();
  #wake = (): void => {};
  #end: { error?: unknown } | undefined;

  constructor(client: StoreClient, held: { runId: string; leaseToken: string }, signal: AbortSignal) {
    this.#client = client;
    this.#held = held;
    this.#follow(signal).then(
      () => this.#finish({}),
      (error: unknown) => this.#finish(signal.aborted ? {} : { error }),
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

  /** Hands the answer to what is asked under that id to the function. */
  expect(requestId: string, answered: (answer: Answer) => void): () => void {
    this.#asked.set(requestId, answered);
    return () => void this.#asked.delete(requestId);
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

  async #follow(signal: AbortSignal): Promise<void> {
    const { runId } = this.#held;
    const variables: { runId: string; after?: string } = { runId };
    const cursorOf = (data: FollowCommandsSubscription) => data.runCommands.cursor;
    for await (const data of this.#client.follow(followCommandsDocument, variables, cursorOf, { signal })) {
      const taken: RunCommand[] = [];
      for (const command of data.runCommands.commands) {
        const one = await this.#take(command, signal);
        if (one) taken.push(one);
      }
      // Together: who is handed a turn finds the answer that came with it.
      this.#commands.push(...taken);
      this.#wake();
    }
  }

  async #take(command: Sent, signal: AbortSignal): Promise<RunCommand | undefined> {
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
    const input = { commandId: id, leaseToken: this.#held.leaseToken };
    await retry(() => this.#client.request(acknowledgeDocument, { input }), { signal });
    if (type === "ANSWER" && this.#tellAnswer(payload)) return undefined;
    return { id, type, text, payload, signal: cancelled.signal };
  }

  #tellAnswer(payload: unknown): boolean {
    const told = payload as Told;
    const answered = this.#asked.get(told.requestId ?? "");
    answered?.(answerIn(told));
    return answered !== undefined;
  }
}

type Told = Partial<Answer> & { requestId?: string | null };

function answerIn(told: Told): Answer {
  return {
    decision: told.decision,
    expired: told.expired === true,
    choiceIds: told.choiceIds ?? [],
    value: told.value ?? null,
    comment: told.comment ?? null,
    answeredBy: told.answeredBy ?? null,
  };
}
