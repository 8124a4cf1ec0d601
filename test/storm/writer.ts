import { setTimeout as delay } from "node:timers/promises";
import type { Deed, Writer } from "./deed.js";
import { eventDeeds } from "./deeds/event.js";
import { markDeeds } from "./deeds/mark.js";
import { runDeeds } from "./deeds/run.js";
import { taskDeeds } from "./deeds/task.js";

/** Each as often as it stands here. */
const deeds: readonly Deed[] = [...runDeeds, ...eventDeeds, ...eventDeeds, ...markDeeds, ...taskDeeds];

/** How long a writer rests between two deeds, in milliseconds. */
const restMs = 30;

/** Does one deed after the other until it is stopped; resolves once its last write is acknowledged or refused. */
export async function write(writer: Writer, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    await writer.random.pick(deeds)(writer);
    await delay(writer.random.below(2 * restMs));
  }
}
