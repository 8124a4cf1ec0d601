import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TokenSource, createClient } from "../../src/client/client.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";
import { collect } from "../support/following/follow.js";

let service: TestService;
let asAda: Asks;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  asAda = asking(callerOf(service.url, await tokenFor("acme")));
});
afterAll(() => service.close());

function clientWith(token: TokenSource) {
  return createClient({ url: service.url, webSocket: WebSocket, token });
}

// S7
it("a follower takes a new token when its token expires, and goes on where it was", async () => {
  const runId = await createRun(asAda);
  const given: string[] = [];
  const refused: (string | undefined)[] = [];
  const client = clientWith(async (old) => {
    refused.push(old);
    given.push(await tokenFor("acme", ["reader"], "ada", given.length === 0 ? 1 : 600));
    return given.at(-1) ?? "";
  });
  const seqs: number[] = [];
  const retries: string[] = [];
  const options = { onRetry: ({ message }: Error) => retries.push(message) };
  const following = (async () => {
    for await (const { events } of client.followRun(runId, options)) {
      seqs.push(...events.map(({ seq }) => seq));
    }
  })();
  await expect.poll(() => retries).toEqual(["the token has expired"]);
  await append(asAda, runId, ["later"]);
  await finishRun(asAda, runId);
  await following;
  expect(seqs).toEqual([1, 2, 3]);
  expect(refused).toEqual([undefined, given[0]]);
});

// S7
it("a token that stays refused ends the following, and so does one that cannot be had", async () => {
  const runId = await createRun(asAda);
  let asked = 0;
  const stale = clientWith(() => `nonsense ${(asked += 1)}`);
  await expect(collect(stale.followRun(runId))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(asked).toBe(2);
  await expect(collect(clientWith("nonsense").followRun(runId))).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
  });
  const without = clientWith(() => Promise.reject(new Error("logged out")));
  await expect(collect(without.followRun(runId))).rejects.toMatchObject({
    code: "NO_TOKEN",
    message: "there is no token: logged out",
  });
});

it("a request asks once for another token where the first is refused", async () => {
  const valid = await tokenFor("acme");
  const client = clientWith((refused) => (refused === "stale" ? valid : "stale"));
  const query = "{ viewer { tenantId } }";
  expect(await client.request(query, {})).toEqual({ viewer: { tenantId: "acme" } });
  await expect(clientWith(() => "stale").request(query, {})).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
  });
});

it("what a token may not do is thrown", async () => {
  const runId = await createRun(asAda);
  const client = clientWith(await tokenFor("acme", []));
  await expect(collect(client.followRun(runId))).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
});
