import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { sendBy } from "../support/transports.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const leftOut: [string, Record<string, unknown>?][] = [
  ["subscription { inboxCounts @skip(if: true) { total } }"],
  ["subscription { inboxCounts @include(if: false) { total } }"],
  ["subscription { ... @skip(if: true) { inboxCounts { total } } }"],
  ["subscription { ...f @include(if: false) } fragment f on Subscription { inboxCounts { total } }"],
  ["subscription { ...f } fragment f on Subscription { inboxCounts @skip(if: true) { total } }"],
  ["subscription ($on: Boolean!) { inboxCounts @include(if: $on) { total } }", { on: false }],
  ["subscription ($on: Boolean! = false) { inboxCounts @include(if: $on) { total } }"],
];

const leftIn = [
  "subscription { inboxCounts @skip(if: false) @include(if: true) { total } }",
  "subscription { ...f @include(if: true) } fragment f on Subscription { inboxCounts { total } }",
  "subscription { ... @skip(if: true) { inboxCounts { total } } ... @skip(if: false) { inboxCounts { total } } }",
];

describe.each(["SSE", "WebSocket"] as const)("over %s", (transport) => {
  it.each(leftOut)(
    "a subscription that directives leave nothing of is refused: %s",
    async (query, variables) => {
      const { errors } = await sendBy(transport, service.url, { query, variables });
      expect(errors.map(({ extensions }) => extensions["code"])).toEqual(["BAD_USER_INPUT"]);
    },
  );

  it.each(leftIn)("one that they leave its field follows: %s", async (query) => {
    const { data, errors } = await sendBy(transport, service.url, { query });
    expect([data, errors]).toEqual([{ inboxCounts: { total: 0 } }, []]);
  });
});
