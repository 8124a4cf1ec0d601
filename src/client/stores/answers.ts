/*
 * What is answered over one client: a request that is being answered shows in no store of it, comes back where the answer is refused, and
 * shows as it was answered else, whatever older state of it still comes.
 */
import type {
  AnswerInputRequestInput,
  AnswerRequestMutation,
  RequestFieldsFragment,
} from "../../generated/client/graphql.js";
import { answerRequestDocument } from "../request-documents.js";
import { retry } from "../retry.js";
import type { GraphClient } from "../transport.js";
import { uniqueKey } from "../unique-key.js";

/** What an agent asks. */
export type InputRequest = RequestFieldsFragment;

/** What a person says to it. */
export type RequestAnswer = Omit<AnswerInputRequestInput, "id" | "idempotencyKey">;

/** What became of an answer. */
export type AnsweredRequest = AnswerRequestMutation["answerInputRequest"];

/** How long an answer is tried again where the service cannot be reached, in milliseconds. */
const patienceMs = 15_000;

/** How many requests that were answered are remembered: what is older of them may still come. */
const maxClosed = 1_000;

const all = new WeakMap<GraphClient, Answers>();

/** The answers of a client. */
export function answersOf(client: GraphClient): Answers {
  const answers = all.get(client) ?? new Answers(client);
  all.set(client, answers);
  return answers;
}

/** The answers that are under way, and those that were just given. */
export class Answers {
  readonly #client: GraphClient;
  readonly #underWay = new Set<string>();
  readonly #closed = new Map<string, InputRequest>();
  readonly #watchers = new Set<() => void>();

  constructor(client: GraphClient) {
    this.#client = client;
  }

  /** Tells of each change, until it is called off. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  /** The request as it is shown; null while it is being answered. */
  show(request: InputRequest): InputRequest | null {
    if (request.state !== "OPEN") return request;
    return this.#underWay.has(request.id) ? null : (this.#closed.get(request.id) ?? request);
  }

  /** Answers a request. Throws where it is refused; what may pass is tried again for 15 s. */
  async answer(id: string, answer: RequestAnswer): Promise<AnsweredRequest> {
    const input = { ...answer, id, idempotencyKey: uniqueKey() };
    this.#underWay.add(id);
    this.#tell();
    try {
      const send = () => this.#client.request(answerRequestDocument, { input });
      const { answerInputRequest } = await retry(send, { deadlineAt: Date.now() + patienceMs });
      this.#closed.set(id, answerInputRequest.inputRequest);
      const [oldest] = this.#closed.keys();
      if (oldest !== undefined && this.#closed.size > maxClosed) this.#closed.delete(oldest);
      return answerInputRequest;
    } finally {
      this.#underWay.delete(id);
      this.#tell();
    }
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
