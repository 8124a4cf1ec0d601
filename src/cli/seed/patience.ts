import { retry } from "../../client/retry.js";
import type { GraphClient } from "../../client/transport.js";

/** How long one call is tried again while the service is away, in milliseconds. */
const patienceMs = 10_000;

/** The client, but a call that may succeed later is tried again; every call of a story is one that may be sent twice. */
export function withPatience(client: GraphClient): GraphClient {
  return {
    request: (document, variables) =>
      retry(() => client.request(document, variables), { deadlineAt: Date.now() + patienceMs }),
  };
}
