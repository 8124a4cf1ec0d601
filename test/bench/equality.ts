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
  const [own, least] = [await load.ask("answer", ours), await load.ask("answer", floor)].map(
    (text) => JSON.parse(text, (key, value: unknown) => (ownKeys.has(key) ? typeof value : value)) as unknown,
  );
  deepStrictEqual(own, least, `${floor.url} answers otherwise than the service`);
}
