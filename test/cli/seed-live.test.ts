import { expect, it } from "vitest";
import { showLive } from "../../src/cli/seed.js";
import { createTally } from "../../src/cli/seed/tally.js";
import { writeLiveStory } from "../../src/cli/seed/live-story.js";
import { graphql } from "../support/graphql.js";
import { startService } from "../support/start-service.js";

const liveDocument = graphql(`
  query LiveShow {
    inputRequests(first: 10) { nodes { id kind run { id } } }
    runs(first: 100) { nodes { id status parent: session { parent { id } } } }
  }
`);

it("agents of a live seed work, ask, hear the answer and end, until they are stopped", async () => {
  await using service = await startService();
  const end = new AbortController();
  const tally = createTally();
  const show = showLive(
    { url: service.url },
    { agents: 4, paceMs: 2, answerMs: 600_000, signal: end.signal },
    tally,
  );
  let fault: unknown;
  show.catch((error: unknown) => (fault = error));
  try {
    // Each agent comes to a story that asks, and waits for a person there.
    const read = async () => {
      if (fault) throw fault;
      return service.ask(liveDocument);
    };
    await expect.poll(async () => (await read()).inputRequests.nodes.length, { timeout: 60_000 }).toBe(4);
    const [request] = (await read()).inputRequests.nodes;
    const answer = graphql(`
      mutation AnswerLive($input: AnswerInputRequestInput!) {
        answerInputRequest(input: $input) { inputRequest { state } }
      }
    `);
    const decision = request?.kind === "QUESTION" ? "ANSWERED" : "APPROVED";
    await service.ask(answer, { input: { id: request?.id ?? "", decision, comment: "go on" } });
    const statusOf = async () => (await read()).runs.nodes.find(({ id }) => id === request?.run.id)?.status;
    await expect.poll(statusOf, { timeout: 60_000 }).toBe("COMPLETED");
  } finally {
    end.abort();
  }
  await show;
  const { runs } = await service.ask(liveDocument);
  expect(runs.nodes.filter(({ status }) => status === "PENDING" || status === "CLAIMED")).toEqual([]);
  expect(tally.events.made).toBeGreaterThan(50);
});

it("every live story is held from the first instant and comes to an end, and some have a sub-agent", () => {
  const stories = Array.from({ length: 40 }, (_, number) => writeLiveStory(5, number));
  for (const { steps } of stories.flat()) {
    expect(steps.some(({ kind }) => kind === "claim")).toBe(true);
    expect(["finish-run", "cancel-run"]).toContain(steps.at(-1)?.kind);
  }
  expect(stories.filter((runs) => runs[1]?.create.session?.parent)).toHaveLength(10);
});
