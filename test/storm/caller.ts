import { setTimeout as delay } from "node:timers/promises";
import { createTransport } from "../../src/client/transport.js";
import { GraphRequestError } from "../../src/client/graph-request-error.js";
import { backOffMs } from "../../src/client/retry.js";
import type { TypedDocumentString } from "../generated/documents/graphql.js";
import type { Random } from "../support/random.js";

/** One sending of an operation to one node. */
export interface Try {
  tenant: string;
  /** How long it took, in milliseconds. */
  ms: number;
  /** `OK`, or the code of its error. */
  code: string;
}

/** Sends an operation until it is acknowledged or refused for good. Gives undefined where others were first. */
export type Send = <Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
) => Promise<Data | undefined>;

/** Who sends, to which nodes, and who is told of each try. */
export interface CallerOptions {
  tenant: string;
  token: string;
  urls: readonly string[];
  random: Random;
  /** How long one try may take, in milliseconds. */
  timeoutMs: number;
  onTry: (done: Try) => void;
}

/** How writers who meet at the same rows are refused. */
const refusals = new Set(["ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT"]);

/**
 * Sends as one caller. What may succeed later is sent again as it is, key included, each time to the next node. It stays
 * with a node that answers, but for one call in ten. Rejects for any other refusal, since nobody here sends what is wrong,
 * and for a fault of the service.
 */
export function createSend({ tenant, token, urls, random, timeoutMs, onTry }: CallerOptions): Send {
  const transports = urls.map((url) => createTransport({ url, token, timeoutMs }));
  let node = random.below(transports.length);
  return async (document, variables) => {
    if (random.chance(0.1)) node = random.below(transports.length);
    for (let attempt = 0; ; attempt += 1) {
      const startedAt = Date.now();
      const tell = (code: string) => onTry({ tenant, ms: Date.now() - startedAt, code });
      try {
        const data = await transports[node]!.request(document, variables);
        tell("OK");
        return data;
      } catch (error) {
        if (!(error instanceof GraphRequestError)) throw error;
        tell(error.code);
        if (refusals.has(error.code)) return undefined;
        if (!error.retryable) throw error;
      }
      node = (node + 1) % transports.length;
      // A second at most: nodes come and go, and there are others.
      await delay(Math.min(1_000, backOffMs(attempt)));
    }
  };
}
