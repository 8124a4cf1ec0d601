import { deepStrictEqual } from "node:assert";
import type { Child } from "./child.js";
import type { LoadAnswers } from "./load-process.js";

/** A call over HTTP. */
export interface Asked {
  url: string;
  body: string;
}

/** What each side makes as it likes: what a cursor holds, and the numbers of events that are appended to tables of their own. */
const ownKeys: ReadonlySet<string> = new Set(["endCursor", "lastSeq"]);

/** Throws if two calls are not answered with the same: what does less is no floor. */
export async function expectEqual(load: Child<LoadAnswers>, ours: Asked, floor: Asked): Promise<void> {
  const own = await answerOf(load, ours, withoutOwn);
  const least = await answerOf(load, floor, withoutOwn);
  deepStrictEqual(own, least, `${floor.url} answers otherwise than the service`);
}

/**
 * Throws if a peer does not answer with the same data as the service, after its own names are translated. Instants count to the
 * millisecond, since a Date holds no more.
 */
export async function expectSameData(
  load: Child<LoadAnswers>,
  ours: Asked,
  peer: Asked,
  translate: (answer: unknown) => unknown,
): Promise<void> {
  const own = await answerOf(load, ours, inMilliseconds);
  const other = translate(await answerOf(load, peer, inMilliseconds));
  deepStrictEqual(other, own, `${peer.url} answers otherwise than the service`);
}

type Reviver = (key: string, value: unknown) => unknown;

const withoutOwn: Reviver = (key, value) => (ownKeys.has(key) ? typeof value : value);

const inMilliseconds: Reviver = (key, value) =>
  key.endsWith("At") && typeof value === "string" ? new Date(value).toISOString() : withoutOwn(key, value);

async function answerOf(load: Child<LoadAnswers>, asked: Asked, reviver: Reviver): Promise<unknown> {
  return JSON.parse(await load.ask("answer", asked), reviver) as unknown;
}
