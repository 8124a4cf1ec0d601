import { hasCode } from "../../client/graph-request-error.js";
import type { GraphClient } from "../../client/transport.js";
import { createRunDocument, runLengthDocument } from "./documents.js";
import { type Progress, noProgress, reaches, readProgress } from "./progress.js";
import { type RunStory, type Story, extentOf } from "./story.js";
import { type Tally, count } from "./tally.js";
import { Teller } from "./teller.js";

/**
 * Tells a story to the service, one run after the other. A story that is told again changes nothing. If it was broken
 * off, it goes on. Every call but a claim carries a key or may be repeated safely, and a claim is made only if
 * something of the run is missing.
 */
export async function tellStory(client: GraphClient, story: Story, tally: Tally): Promise<void> {
  let sessionFound = true;
  for (const run of story.runs) {
    const { replayed } = await tellRun(client, run, tally);
    if (run.create.session) sessionFound &&= replayed;
  }
  count(tally.sessions, sessionFound ? { made: 0, found: 1 } : { made: 1, found: 0 });
}

async function tellRun(client: GraphClient, story: RunStory, tally: Tally): Promise<{ replayed: boolean }> {
  const { run, replayed } = (await client.request(createRunDocument, { input: story.create })).createRun;
  const before = replayed ? await readProgress(client, run.id) : noProgress;
  const open = run.status === "PENDING" || run.status === "CLAIMED";

  if (!replayed) await tellSteps(client, run.id, story);
  else if (open && !reaches(before, extentOf(story))) await goOn(client, run.id, story);

  const after = replayed ? await readProgress(client, run.id) : await readEnd(client, run.id, story);
  count(tally.runs, replayed ? { made: 0, found: 1 } : { made: 1, found: 0 });
  count(tally.commands, { made: after.commands - before.commands, found: before.commands });
  count(tally.events, { made: after.lastEventSeq - before.lastEventSeq, found: before.lastEventSeq });
  return { replayed };
}

async function tellSteps(client: GraphClient, runId: string, { steps }: RunStory): Promise<void> {
  const teller = new Teller(client, runId);
  for (const step of steps) await teller.tell(step);
}

/** Gives the progress of a run whose whole story has just been told. Only the length of its log has to be read. */
async function readEnd(client: GraphClient, runId: string, story: RunStory): Promise<Progress> {
  const { run } = await client.request(runLengthDocument, { runId });
  return { ...extentOf(story), lastEventSeq: run?.lastEventSeq ?? 0 };
}

/** Tells a run that was broken off to its end. Leaves it as it is if another runner has taken or ended it since. */
async function goOn(client: GraphClient, runId: string, story: RunStory): Promise<void> {
  try {
    await tellSteps(client, runId, story);
  } catch (error) {
    if (!hasCode(error, "ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT")) throw error;
  }
}
