import { registerRunnerDocument } from "./operations/runner.js";
import { createTransport } from "../client/transport.js";
import { addAdvice } from "./seed/advice.js";
import { type SeedFlags, type SeedOptions, readSeedOptions } from "./seed/options.js";
import { withPatience } from "./seed/patience.js";
import { tellLive } from "./seed/live.js";
import type { LiveOptions } from "./seed/live-pace.js";
import { runnersOf } from "./seed/profile.js";
import { type Tally, createTally, formatTally } from "./seed/tally.js";
import { tellStory } from "./seed/tell-story.js";
import { forEachNumber } from "./seed/workers.js";
import { writeStory } from "./seed/write-story.js";
import { print, printError } from "./terminal.js";

/** How often progress is told, in milliseconds. */
const progressMs = 1_000;

/** How many agents a live seed has, how long each rests before a step, and how long it waits for an answer, in milliseconds. */
const liveAgents = 6;
const livePaceMs = 1_500;
const liveAnswerMs = 90_000;

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
      `Look at it: open ${new URL("/", options.url)} in a browser.`,
      "",
    ].join("\n"),
  );
  if (options.live) await seedLive(options);
}

/** Lets agents work until Ctrl-C, or until the service refuses or leaves them. */
async function seedLive(options: SeedOptions): Promise<void> {
  const end = new AbortController();
  const stop = () => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  print(`${liveAgents} agents are at work, and ask now and then. Ctrl-C ends it.\n`);
  const tally = createTally();
  try {
    await showLive(
      options,
      { agents: liveAgents, paceMs: livePaceMs, answerMs: liveAnswerMs, signal: end.signal },
      tally,
    );
  } catch (error) {
    throw addAdvice(error);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    end.abort();
  }
  print(`The show is over:\n${formatTally(tally)}\n`);
}

/** Lets agents work, with runners of their own, whose stories are other ones each time. */
export async function showLive(
  { url, token }: Pick<SeedOptions, "url" | "token">,
  live: Omit<LiveOptions, "seed">,
  tally: Tally,
): Promise<void> {
  const client = withPatience(createTransport({ url, token }));
  const seed = Date.now() % 2 ** 31;
  for (const input of runnersOf(seed)) await client.request(registerRunnerDocument, { input });
  await tellLive(client, { ...live, seed }, tally);
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
