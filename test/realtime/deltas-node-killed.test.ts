import WebSocket from "ws";
import { expect, it } from "vitest";
import { DeltaTexts, createClient } from "../../src/client/client.js";
import { createTestDatabase } from "../support/database.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { asking, callerOf } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { appendEvents, claim, createSession } from "../support/work.js";

/** How often each of the two nodes is killed. `DELTA_KILLS=20` is the long form. */
const kills = Number(process.env["DELTA_KILLS"] ?? 1);

it(
  "of nodes that are killed with kill -9 while a text is written, followers are shown the text anew and never another",
  async () => {
    const database = await createTestDatabase();
    const nodes = await Promise.all([startServiceProcess(database.url), startServiceProcess(database.url)]);
    const [first, second] = nodes;
    await using balancer = await openProxy([first.url, second.url]);
    const asks = asking(callerOf(balancer.url));
    const { sessionId, runId } = await createSession(asks);
    const { leaseToken } = await claim(asks, runId);

    const clientOf = () => createClient({ url: balancer.url, webSocket: WebSocket });
    const target = { runId, leaseToken, streamId: "m1", type: "ASSISTANT_MESSAGE" as const };
    const givenUp: string[] = [];
    const writer = clientOf().writeDeltas(target, { onGiveUp: ({ code }) => givenUp.push(code) });
    let written = "";
    const write = (piece: string) => {
      written += piece;
      writer.write(piece);
    };

    const stop = new AbortController();
    const follow = async (shown: { texts: DeltaTexts; resets: number; wrong: string[] }) => {
      const following = clientOf().followSession({ sessionId }, { deltas: true, signal: stop.signal });
      for await (const batch of following) {
        shown.resets += batch.deltas.filter(({ reset }) => reset).length;
        shown.texts.add(batch);
        const text = shown.texts.get(runId, "m1") ?? "";
        if (!written.startsWith(text)) shown.wrong.push(text);
      }
    };
    // Two at each node.
    const followers = Array.from({ length: 4 }, () => ({
      texts: new DeltaTexts(),
      resets: 0,
      wrong: [] as string[],
    }));
    const following = followers.map((shown) => follow(shown).catch((error: unknown) => error));
    const shownToAll = async (text: string | undefined) => {
      const all = followers.map(() => text);
      await expect.poll(() => followers.map(({ texts }) => texts.get(runId, "m1"))).toEqual(all);
    };
    const countResets = () => followers.reduce((sum, { resets }) => sum + resets, 0);

    write("It begins. ");
    await shownToAll(written);
    const before = countResets();
    for (let kill = 0; kill < kills * 2; kill += 1) {
      const node = nodes[kill % 2]!;
      write(`Before ${kill}, `);
      await node.kill();
      write(`while it is away, `);
      await shownToAll(written);
      await node.start();
      write(`after. `);
      await shownToAll(written);
    }
    expect(followers.flatMap(({ wrong }) => wrong)).toEqual([]);
    // Those of a node that was killed were shown all of it once more, elsewhere.
    expect(countResets() - before).toBeGreaterThanOrEqual(4);

    await writer.end();
    const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: written, streamId: "m1" } }];
    await appendEvents(asks, { runId, leaseToken, events });
    await shownToAll(undefined);
    expect(givenUp).toEqual([]);
    stop.abort();
    await Promise.all(following);
    for (const node of nodes) await node.kill();
    await database.drop();
  },
  60_000 + kills * 60_000,
);
