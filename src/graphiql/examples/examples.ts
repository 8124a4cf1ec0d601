import { askingExamples } from "./asking.js";
import { eventExamples } from "./events.js";
import type { Example } from "./example.js";
import { inboxExamples } from "./inbox.js";
import { queueExamples } from "./queue.js";
import { workingExamples } from "./working.js";

/** All examples, in the order of their tabs. */
export const examples: readonly Example[] = [
  ...inboxExamples,
  ...askingExamples,
  ...eventExamples,
  ...workingExamples,
  ...queueExamples,
];
