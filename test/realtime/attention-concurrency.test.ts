import { expect, it } from "vitest";
import { markSessionsRead } from "../support/attention.js";
import { type AttentionBatch, followAttention } from "../support/following/attention.js";
import { graphql } from "../support/graphql.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import {
  appendEvents,
  createCommand,
  createRun,
  finishCommand,
  sessionOf,
  uniqueName,
} from "../support/work.js";

const writers = 10;
const sessions = 30;
const stepsEach = 40;
/** So few, that more are often marked read in one step, of which followers are not told one by one. */
const config = { marksAtOnce: 1 };

/** A session with a run that does not end. */
interface Place {
  id: string;
  runId: string;
}

async function createPlace(service: TestService, projectId = "p"): Promise<Place> {
  const runId = await createRun(service, { projectId, session: { sessionId: uniqueName("session") } });
  return { id: await sessionOf(service, runId), runId };
}

/** One writer's work, through whichever node: changes of sessions, and marks of the reader who follows. */
async function write(nodes: readonly TestService[], places: readonly Place[], seed: number): Promise<void> {
  const random = createRandom(seed);
  const begun: string[] = [];
  for (let step = 0; step < stepsEach; step += 1) {
    const node = random.pick(nodes);
    const { id, runId } = random.pick(places);
    const mark = (name: string, more = "") =>
      node.ask(`mutation { ${name}(input: { session: { id: "${id}" } ${more} }) { session { id } } }`);
    const request = { runId, events: [{ type: "INPUT_REQUEST" as const, payload: { prompt: "?" } }] };
    await random.pick([
      async () => begun.push(await createCommand(node, runId)),
      async () => begun.push(await createCommand(node, runId)),
      () => createCommand(node, runId, "STEER").then((commandId) => finishCommand(node, commandId)),
      () => appendEvents(node, request),
      () => mark("markSessionRead"),
      () => mark("markSessionUnread"),
      () => mark("archiveSession"),
      () => mark("snoozeSession", `until: "2126-01-01T00:00:00Z"`),
      () => mark("snoozeSession"),
      () => markSessionsRead(node, { filter: { reasons: ["FINISHED"] } }),
      () =>
        markSessionsRead(node, {
          filter: { projectId: "q", state: random.pick(["UNREAD", "TERMINAL", "ALL"]) },
        }),
    ])();
    const commandId = random.chance(0.5) ? begun.pop() : undefined;
    if (commandId) await finishCommand(node, commandId);
  }
  for (const commandId of begun) if (random.chance(0.7)) await finishCommand(random.pick(nodes), commandId);
}

it(`${writers} writers change ${sessions} sessions through two nodes, a follower is cut at every batch: its picture is the list`, async () => {
  await using one = await startService({ config });
  await using two = await startService({ config, databaseUrl: one.databaseUrl });
  const nodes = [one, two];

  const listed = graphql(`
    query ListedSessions { sessions(first: 100) { nodes { id version attention { state reason changeVersion } } } }
  `);
  let resumes = 0;
  let refusals = 0;
  const last = await createPlace(one);
  /** Follows until the last session is active, on the other node after every batch; gives what the batches tell. */
  const follow = async (after: string) => {
    let picture = new Map<string, AttentionBatch["sessions"][number]>();
    let cursor = after;
    /** A cursor of now, as soon as none marks many sessions while it is asked for. */
    const beginAnew = async (node: TestService): Promise<string> => {
      try {
        return (await followAttention(node.connect()).next()).value?.cursor ?? "";
      } catch (error) {
        if (!String(error).includes("cursor-too-old")) throw error;
        return beginAnew(node);
      }
    };
    /** First a cursor, then the list: what changes in between comes twice. */
    const readAnew = async (node: TestService) => {
      refusals += 1;
      cursor = await beginAnew(node);
      const { nodes: sessions } = (await node.ask(listed)).sessions;
      picture = new Map(sessions.map((session) => [session.id, session]));
    };
    while (picture.get(last.id)?.attention.state !== "ACTIVE") {
      const node = nodes[resumes % 2] ?? one;
      const client = node.connect();
      try {
        for await (const batch of followAttention(client, { after: cursor })) {
          for (const session of batch.sessions) picture.set(session.id, session);
          for (const id of batch.removedIds) picture.delete(id);
          cursor = batch.cursor;
          if (batch.sessions.length + batch.removedIds.length > 0) break;
        }
      } catch (error) {
        if (!String(error).includes("cursor-too-old")) throw error;
        await readAnew(node);
      }
      // The whole socket goes, without a goodbye to the subscription.
      client.terminate();
      await client.dispose();
      resumes += 1;
    }
    return picture;
  };
  const beginning = await followAttention(one.connect()).next();
  const following = follow(beginning.value?.cursor ?? "");

  const places: Place[] = [];
  // A few at once: more would wait for their tenant's share of the connections.
  while (places.length < sessions) {
    const few = [0, 1, 2, 3, 4].map((index) => places.length + index);
    places.push(
      ...(await Promise.all(few.map((place) => createPlace(nodes[place % 2] ?? one, place < 8 ? "q" : "p")))),
    );
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(nodes, places, writer)));
  await createCommand(two, last.runId);
  const picture = await following;

  const listAndCounts = graphql(`
    query ListAndCounts {
      sessions(first: 100) { nodes { id version attention { state reason changeVersion } } }
      all: inboxCounts { archived snoozed read }
    }
  `);
  const data = await one.ask(listAndCounts);
  const expected = data.sessions.nodes.map((session) => [session.id, session]);
  expect(Object.fromEntries(picture)).toEqual(Object.fromEntries(expected));
  expect(expected.length).toBeGreaterThan(5);
  expect(data.all.archived + data.all.snoozed + data.all.read).toBeGreaterThan(5);
  expect(resumes).toBeGreaterThan(20);
  expect(refusals).toBeGreaterThan(0);
});
