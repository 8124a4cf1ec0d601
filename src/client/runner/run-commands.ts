/*
 * The commands of a run that is held: each is acknowledged and handed out once. An answer to what the runner asks goes to who waits for it,
 * and one that nobody waits for, since another runner asked, is handed out as a command.
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

/** Takes the commands of a run until the run has ended, or is not held any more. */
export class RunCommands {
  readonly #client: StoreClient;
  readonly #held: { runId: string; leaseToken: string };
  readonly #commands: RunCommand[] = [];
  readonly #taken = new Map<string, AbortController>();
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

  /** Hands the answer to what is asked under that id to the function. */
  expect(requestId: string, answered: (answer: Answer) => void): () => void {
    this.#asked.set(requestId, answered);
    return () => void this.#asked.delete(requestId);
  }

  #finish(end: { error?: unknown }): void {
    this.#end = end;
    this.#wake();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { runId } = this.#held;
    const variables: { runId: string; after?: string } = { runId };
    const cursorOf = (data: FollowCommandsSubscription) => data.runCommands.cursor;
    for await (const data of this.#client.follow(followCommandsDocument, variables, cursorOf, { signal }))
      for (const command of data.runCommands.commands) await this.#take(command, signal);
  }

  async #take(command: Sent, signal: AbortSignal): Promise<void> {
    const { id, type, state, text, payload } = command;
    const known = this.#taken.get(id);
    // A command comes again when it ends.
    if (known && state === "CANCELLED") known.abort();
    if (known || state !== "PENDING") return;
    const cancelled = new AbortController();
    this.#taken.set(id, cancelled);
    const input = { commandId: id, leaseToken: this.#held.leaseToken };
    await retry(() => this.#client.request(acknowledgeDocument, { input }), { signal });
    if (type === "ANSWER" && this.#tellAnswer(payload)) return;
    this.#commands.push({ id, type, text, payload, signal: cancelled.signal });
    this.#wake();
  }

  #tellAnswer(payload: unknown): boolean {
    const told = payload as Partial<Answer> & { requestId?: string | null };
    const answered = this.#asked.get(told.requestId ?? "");
    if (!answered) return false;
    answered({
      decision: told.decision,
      expired: told.expired === true,
      choiceIds: told.choiceIds ?? [],
      value: told.value ?? null,
      comment: told.comment ?? null,
      answeredBy: told.answeredBy ?? null,
    });
    return true;
  }
}
