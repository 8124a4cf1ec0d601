import { type Child, openChild } from "../bench/child.js";
import type { ServerAnswers } from "../bench/server-process.js";
import type { SlowStatement } from "./slow-statements.js";
import type { Stall } from "./stalls.js";

/** What the process of a fuzzed service answers. */
export type WatchedAnswers = ServerAnswers & {
  /** What took longest since its start: of its statements, and of what its event loop did in one piece. */
  readFigures(): { statements: SlowStatement[]; stalls: Stall[] };
};

/** Starts a service with an event loop and a memory of its own. */
export function openWatched(): Child<WatchedAnswers> {
  return openChild<WatchedAnswers>(new URL("./watched-process.js", import.meta.url));
}
