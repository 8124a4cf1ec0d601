import { registerRunnerDocument } from "./operations/runner.js";
import { createTransport } from "../client/transport.js";
import { addAdvice } from "./seed/advice.js";
import { type SeedFlags, type SeedOptions, readSeedOptions } from "./seed/options.js";
import { withPatience } from "./seed/patience.js";
import { runnersOf } from "./seed/profile.js";
import { type Tally, createTally, formatTally } from "./seed/tally.js";
import { tellStory } from "./seed/tell-story.js";
import { forEachNumber } from "./seed/workers.js";
import { writeStory } from "./seed/write-story.js";
import { print, printError } from "./terminal.js";

/** How often progress is told, in milliseconds. */
const progressMs = 1_000;

/** Fills a running service with sessions. Writes progress to stderr and the summary to stdout. */
export async function seed(flags: SeedFlags): Promise<void> {
  const options = readSeedOptions(flags, process.env);
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);

  const tally = createTally();
  const progress = setInterval(() => {
    const { sessions, events } = tally;
    const done = sessions.made + sessions.found;
    printError(`${done} of ${options.sessions} sessions, ${events.made} new events, ${seconds()} s\n`);
  }, progressMs);
  try {
    await seedService(options, tally);
  } catch (error) {
    throw addAdvice(error);
  } finally {
    clearInterval(progress);
  }
  print(
    [
      `Seeded ${options.url} in ${seconds()} s (--seed ${options.seed}):`,
      formatTally(tally),
      `Look at it with GraphiQL: open ${options.url} in a browser.`,
      "",
    ].join("\n"),
  );
}

/**
 * Makes the sessions of a seed, and counts them in `tally` as they are done. The same seed again makes nothing new.
 * With a larger number of sessions, it adds to those that are there. Throws a GraphRequestError if the service refuses
 * a request.
 */
export async function seedService(options: SeedOptions, tally: Tally = createTally()): Promise<Tally> {
  const { url, token, sessions, seed: number, concurrency } = options;
  const client = createTransport({ url, token });
  // The runners are registered without patience, so that a service that is not there is told at once.
  for (const input of runnersOf(number)) await client.request(registerRunnerDocument, { input });
  const patient = withPatience(client);
  await forEachNumber(sessions, concurrency, (story) => tellStory(patient, writeStory(number, story), tally));
  return tally;
}
