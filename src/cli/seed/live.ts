/*
 * Agents that go on working, so that what follows a service has something to show. Each tells one story after the other, a step
 * at a time; what an agent asks waits for a person for a while. What people ask of the agents' sessions is heard and answered.
 */
import { hasCode } from "../../client/graph-request-error.js";
import { createDeltaWriter } from "../../client/delta-writer.js";
import type { GraphClient } from "../../client/transport.js";
import { wait } from "../../client/wait.js";
import type { RunEventInput } from "../../generated/documents/graphql.js";
import { cancelRunDocument } from "../operations/run.js";
import { createRunDocument } from "./documents.js";
import { type HeldRun, type LiveOptions, rest } from "./live-pace.js";
import { hearPeople, servePeople } from "./live-people.js";
import { writeLiveStory } from "./live-story.js";
import type { RunStory, Step } from "./story.js";
import { type Tally, count } from "./tally.js";
import { Teller } from "./teller.js";

/** How much of a text is shown at a time, and how long until the next piece. */
const piece = { characters: 24, ms: 120 };

/** How long an agent of the show holds its run, in seconds: the longest that there is. */
const leaseSeconds = 3_600;

/** Every how many steps an agent hears whether a person has said something to it. */
const heardEvery = 3;

/** Lets agents work until the signal is aborted, and counts what they do. Then the runs under way are cancelled. */
export async function tellLive(client: GraphClient, options: LiveOptions, tally: Tally): Promise<void> {
  let next = 0;
  const agent = async (index: number) => {
    // They do not all begin at once, nor does a sub-agent before the session above it.
    await wait(index * options.paceMs, options.signal);
    while (!options.signal.aborted) {
      let onBegun = () => {};
      const begun = new Promise<void>((resolve) => (onBegun = resolve));
      const runs = writeLiveStory(options.seed, next++).map(async (run, part) => {
        if (part > 0) await begun;
        try {
          if (!options.signal.aborted) await tellLiveRun(client, { ...run, onBegun }, options, tally);
        } finally {
          onBegun();
        }
      });
      const failed = (await Promise.allSettled(runs)).find((end) => end.status === "rejected");
      if (failed) throw failed.reason;
    }
  };
  const agents = Array.from({ length: options.agents }, (_, index) => agent(index));
  await Promise.all([...agents, servePeople(client, options)]);
}

async function tellLiveRun(
  client: GraphClient,
  { create, steps, onBegun }: RunStory & { onBegun: () => void },
  options: LiveOptions,
  tally: Tally,
): Promise<void> {
  const { signal, answerMs } = options;
  const claim = steps.find((step) => step.kind === "claim");
  if (!claim) throw new Error("an agent of the show works on what it has claimed");
  const input = { ...create, claim: { runnerId: claim.runnerId, leaseSeconds } };
  const { run, leaseToken } = (await client.request(createRunDocument, { input })).createRun;
  onBegun();
  if (!leaseToken) throw new Error("the run is held by another");
  count(tally.runs, { made: 1, found: 0 });
  count(tally.sessions, { made: 1, found: 0 });
  const held = { runId: run.id, leaseToken };
  const awaitPerson = async (isOpen: () => Promise<boolean>) => {
    const until = performance.now() + answerMs;
    while (performance.now() < until && !signal.aborted && (await isOpen())) await wait(1_000, signal);
  };
  const teller = new Teller(client, run.id, { leaseToken, awaitPerson });
  try {
    for (const [index, step] of steps.flatMap(inSingleSteps).entries()) {
      await rest(options);
      if (signal.aborted) break;
      if (step.kind === "append") await showText(client, held, step.events[0], signal);
      await teller.tell(step);
      if (step.kind === "append") count(tally.events, { made: 1, found: 0 });
      if (index % heardEvery === 0) await hearPeople(client, { ...held, runnerId: claim.runnerId }, teller);
    }
    if (signal.aborted) await cancel(client, run.id);
  } catch (error) {
    // A person has cancelled it or deleted its session: the agent goes on with another.
    if (!hasCode(error, "ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT", "NOT_FOUND")) throw error;
  }
}

async function cancel(client: GraphClient, runId: string): Promise<void> {
  await client.request(cancelRunDocument, { input: { runId, reason: "the show is over" } });
}

/** What a story tells at once is told one by one here; longer texts get a stream. The claim is made with the run. */
function inSingleSteps(step: Step): Step[] {
  if (step.kind === "claim") return [];
  if (step.kind !== "append") return [step];
  return step.events.map((event, index) => ({ kind: "append", events: [streamed(event, index)] }));
}

function textOf({ type, payload }: RunEventInput): string {
  const { text } = payload as { text?: unknown };
  return type === "ASSISTANT_MESSAGE" && typeof text === "string" ? text : "";
}

function streamed(event: RunEventInput, index: number): RunEventInput {
  if (textOf(event).length < 2 * piece.characters) return event;
  return { ...event, payload: { ...(event.payload as object), streamId: `text-${index}` } };
}

/** Shows a text while it is being made, if it has a stream. */
async function showText(
  client: GraphClient,
  held: HeldRun,
  event: RunEventInput | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { streamId } = (event?.payload ?? {}) as { streamId?: string };
  if (!event || streamId === undefined) return;
  const writer = createDeltaWriter(client, { ...held, streamId, type: "ASSISTANT_MESSAGE" });
  const text = textOf(event);
  for (let start = 0; start < text.length && !signal.aborted; start += piece.characters) {
    writer.write(text.slice(start, start + piece.characters));
    await wait(piece.ms, signal);
  }
  await writer.end();
}
