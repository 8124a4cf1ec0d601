import { it } from "vitest";
import type { ServedSocket } from "../support/following/scripted-server.js";
import { type WalkedClient, startWalkedClient } from "../support/following/walked-client.js";
import { type Random, createRandom } from "../support/random.js";

const walks = 8;
const stepsEach = 200;
const passingCodes = [1000, 1001, 1005, 1011, 1012, 1013, 4408, 4499];
const finalCodes = [1002, 1003, 1007, 1009, 4400, 4406, 4409, 4429, 4500];

// F1 to F7, S1 to S3, S5, S7 to S9.
it("whatever happens to sockets, subscriptions and consumers, each follower is handed everything once and in order", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  await Promise.all(Array.from({ length: walks }, (_, index) => walk(seed + index)));
}, 120_000);

/** Walks over the tables in `src/client/socket.ts` and `follow.ts`, and expects all invariants after each step; the seed says which events. */
async function walk(seed: number): Promise<void> {
  const taken: string[] = [];
  await using client = await startWalkedClient();
  try {
    const random = createRandom(seed);
    for (let step = 0; step < stepsEach; step += 1) {
      const [name, event] = random.pick(random.chance(0.75) ? often : seldom);
      taken.push(name);
      await event(client, random);
      await client.calm();
    }
    await client.finish();
  } catch (cause) {
    throw new Error(`seed ${seed}, after ${taken.join(", ")}: ${(cause as Error).message}`, { cause });
  }
}

type Event = (client: WalkedClient, random: Random) => unknown;

const take: Event = ({ followers }, random) => random.pick(followers).ask();

const takeAll: Event = ({ followers }) => followers.forEach((follower) => follower.ask());

const write: Event = ({ followers }, random) => random.pick(followers).write(1 + random.below(3));

const writeMuch: Event = ({ followers }, random) => random.pick(followers).write(12);

/** The end of the socket, of which those who are subscribed are told; and something happens meanwhile. */
async function lose(
  client: WalkedClient,
  how: (served: ServedSocket) => void,
  code: string,
  kind: "again" | "thrown",
) {
  const served = client.current();
  if (!served) return;
  const told = client.live();
  how(served);
  await client.lost(served);
  for (const follower of told) follower.end({ kind, code });
  for (const follower of client.followers) await follower.write(1);
}

const close: Event = (client, random) => {
  const code = random.pick(passingCodes);
  const end = ({ socket }: ServedSocket) => socket.close(...(code === 1005 ? [] : [code]));
  return lose(client, end, "UNREACHABLE", "again");
};

const closeForGood: Event = (client, random) => {
  const code = random.pick(finalCodes);
  return lose(client, ({ socket }) => socket.close(code), `SOCKET_${code}`, "thrown");
};

const cut: Event = (client) => lose(client, ({ socket }) => socket.terminate(), "UNREACHABLE", "again");

/** Says what is no frame and reads nothing more, so that the socket is given up long before it is closed. */
const talkNonsense: Event = (client) => {
  const say = (served: ServedSocket) => {
    served.send({ type: "nonsense" });
    served.socket.pause();
    client.frozen.add(served);
  };
  return lose(client, say, "UNREACHABLE", "again");
};

const refuseToken: Event = (client, random) => {
  const code = random.pick([4401, 4403]);
  const refuse = ({ socket }: ServedSocket) => {
    client.refuseToken();
    socket.close(code);
  };
  return lose(client, refuse, "UNAUTHENTICATED", "again");
};

/** The new token is refused too. Only if one follower alone comes back with it: who comes later would be tried again. */
const refuseTokens: Event = async (client, random) => {
  const waiting = client.live().filter(({ isAsked }) => isAsked);
  if (waiting.length !== 1) return;
  client.refusesNext = true;
  await refuseToken(client, random);
  waiting[0]?.end({ kind: "thrown", code: "UNAUTHENTICATED" });
};

const fail: Event = (client, random) => {
  const how = random.pick(["alone", "with data", "with data, completed"] as const);
  const [code, retryable] = random.pick([
    ["UNAVAILABLE", true],
    ["INTERNAL_SERVER_ERROR", false],
    ["BAD_USER_INPUT", false],
  ] as const);
  const live = client.live();
  if (live.length > 0) random.pick(live).fail(code, retryable, how);
};

const complete: Event = (client, random) => random.pick(client.followers).complete();

const leave: Event = ({ followers }, random) =>
  random.pick(followers).leave(random.pick(["return", "abort"]));

const leaveAll: Event = async ({ followers }, random) => {
  for (const follower of followers) await follower.leave(random.pick(["return", "abort"]));
};

const often = Object.entries({ take, takeAll, write });
const losses = { close, closeForGood, cut, talkNonsense, refuseToken, refuseTokens };
const seldom = Object.entries({ ...losses, writeMuch, fail, complete, leave, leaveAll });
