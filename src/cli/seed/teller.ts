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

/** Tells the steps of one run, in order. Keeps the lease token and the ids that earlier steps were given. */
export class Teller {
  readonly #client: GraphClient;
  readonly #runId: string;
  readonly #commandIds = new Map<string, string>();
  #leaseToken: string | null = null;
  #batches = 0;

  constructor(client: GraphClient, runId: string) {
    this.#client = client;
    this.#runId = runId;
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

  /** Answers what the run asked last, and takes the answer as its runner. Both may be done again. */
  async #answer(decision: InputDecision, comment: string): Promise<void> {
    const { inputRequests } = await this.#client.request(lastRequestDocument, { runId: this.#runId });
    const [request] = inputRequests.nodes;
    if (!request) throw new Error("no earlier step asks people something");
    const input = { id: request.id, decision, comment, idempotencyKey: "answer" };
    const { answerInputRequest } = await this.#client.request(answerDocument, { input });
    const commandId = answerInputRequest.inputRequest.answer?.command?.id;
    if (commandId === undefined) throw new Error("nothing tells the runner of the answer");
    await this.#client.request(acknowledgeCommandDocument, {
      input: { commandId, leaseToken: this.#leaseToken },
    });
  }

  #commandId(command: string): string {
    const id = this.#commandIds.get(command);
    if (id === undefined) throw new Error(`no earlier step asks for ${command}`);
    return id;
  }
}
