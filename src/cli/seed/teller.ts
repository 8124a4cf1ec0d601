import {
  acknowledgeCommandDocument,
  createCommandDocument,
  finishCommandDocument,
} from "../operations/command.js";
import { appendEventsDocument } from "../operations/event.js";
import { claimRunDocument, finishRunDocument } from "../operations/run.js";
import type { InputDecision } from "../../generated/documents/graphql.js";
import type { GraphClient } from "../../client/transport.js";
import {
  answerDocument,
  cancelCommandDocument,
  cancelRunDocument,
  lastRequestDocument,
} from "./documents.js";
import type { Step } from "./story.js";

/** Resolves once a run's last request may be answered by the teller itself; a person may have done so by then. */
export type AwaitPerson = (isOpen: () => Promise<boolean>) => Promise<void>;

/** Tells the steps of one run, in order. Keeps the lease token and the ids that earlier steps were given. */
export class Teller {
  readonly #client: GraphClient;
  readonly #runId: string;
  readonly #awaitPerson: AwaitPerson | undefined;
  readonly #commandIds = new Map<string, string>();
  #leaseToken: string | null = null;
  #batches = 0;

  /** A run that was created with a claim is given its lease. */
  constructor(
    client: GraphClient,
    runId: string,
    { leaseToken = null, awaitPerson }: { leaseToken?: string | null; awaitPerson?: AwaitPerson } = {},
  ) {
    this.#client = client;
    this.#runId = runId;
    this.#leaseToken = leaseToken;
    this.#awaitPerson = awaitPerson;
  }

  /** Whether a step has asked for this command. */
  hasAsked(commandId: string): boolean {
    return [...this.#commandIds.values()].includes(commandId);
  }

  /** Makes the call of a step. Throws if the service refuses it, or if no earlier step has asked for its command. */
  async tell(step: Step): Promise<void> {
    const runId = this.#runId;
    const leaseToken = this.#leaseToken;
    switch (step.kind) {
      case "ask": {
        const { type, payload, command: idempotencyKey } = step;
        const asked = await this.#client.request(createCommandDocument, {
          input: { runId, type, payload, idempotencyKey },
        });
        this.#commandIds.set(step.command, asked.createCommand.command.id);
        return;
      }
      case "claim": {
        const { runnerId, leaseSeconds } = step;
        const claimed = await this.#client.request(claimRunDocument, {
          input: { runId, runnerId, leaseSeconds },
        });
        this.#leaseToken = claimed.claimRun.leaseToken ?? null;
        return;
      }
      case "acknowledge":
        await this.#client.request(acknowledgeCommandDocument, {
          input: { commandId: this.#commandId(step.command), leaseToken },
        });
        return;
      case "append": {
        this.#batches += 1;
        const idempotencyKey = `batch-${this.#batches}`;
        const { events } = step;
        await this.#client.request(appendEventsDocument, {
          input: { runId, events, leaseToken, idempotencyKey },
        });
        return;
      }
      case "answer":
        return this.#answer(step.decision, step.comment);
      case "finish-command":
        await this.#client.request(finishCommandDocument, {
          input: { commandId: this.#commandId(step.command), result: step.result, leaseToken },
        });
        return;
      case "cancel-command":
        await this.#client.request(cancelCommandDocument, {
          input: { commandId: this.#commandId(step.command), reason: step.reason },
        });
        return;
      case "finish-run":
        await this.#client.request(finishRunDocument, { input: { runId, result: step.result, leaseToken } });
        return;
      case "cancel-run":
        await this.#client.request(cancelRunDocument, { input: { runId, reason: step.reason } });
    }
  }

  /** Answers what the run asked last, unless a person did, and takes the answer as its runner. Both may be done again. */
  async #answer(decision: InputDecision, comment: string): Promise<void> {
    await this.#awaitPerson?.(async () => (await this.#readRequest()).state === "OPEN");
    const request = await this.#readRequest();
    const input = { id: request.id, decision, comment, idempotencyKey: "answer" };
    const answered =
      request.state === "OPEN"
        ? (await this.#client.request(answerDocument, { input })).answerInputRequest.inputRequest
        : request;
    const commandId = answered.answer?.command?.id;
    if (commandId === undefined) throw new Error("nothing tells the runner of the answer");
    await this.#client.request(acknowledgeCommandDocument, {
      input: { commandId, leaseToken: this.#leaseToken },
    });
  }

  async #readRequest() {
    const { inputRequests } = await this.#client.request(lastRequestDocument, { runId: this.#runId });
    const [request] = inputRequests.nodes;
    if (!request) throw new Error("no earlier step asks people something");
    return request;
  }

  #commandId(command: string): string {
    const id = this.#commandIds.get(command);
    if (id === undefined) throw new Error(`no earlier step asks for ${command}`);
    return id;
  }
}
