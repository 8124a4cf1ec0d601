import { retry } from "../../client/retry.js";
import type { GraphClient } from "../../client/transport.js";

/** How long a call is tried again while the service is away, in milliseconds. */
const patienceMs = 10_000;

/** Wraps a client so that calls that may succeed later are tried again. Every call of a story may be sent twice. */
export function withPatience(client: GraphClient): GraphClient {
  return {
    request: (document, variables) =>
      retry(() => client.request(document, variables), { deadlineAt: Date.now() + patienceMs }),
  };
}
