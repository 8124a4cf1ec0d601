import { expect, it } from "vitest";
import { followRun } from "../support/following/follow.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { startService } from "../support/start-service.js";
import { append, createRun, finishRun, readEvents, uniqueName } from "../support/work.js";

const writers = 12;
const appendsEach = 15;
const followers = 10;
const cuts = 12;

it(`${writers} writers into 5 runs, ${followers} followers that are cut and resume ${cuts} times each: no gap, no repeat`, async () => {
  await using service = await startService();
  const sessionId = uniqueName("session");
  const runIds: string[] = [];
  for (let run = 0; run < 5; run += 1)
    runIds.push(await createRun(service, run < 3 ? { session: { sessionId } } : {}));

  const written = new Map<string, string[]>(runIds.map((id) => [id, []]));
  const write = async (writer: number) => {
    for (let turn = 0; turn < appendsEach; turn += 1) {
      const runId = runIds[(writer + turn) % runIds.length] ?? "";
      const texts = Array.from({ length: 1 + (turn % 4) }, (_, index) => `${writer}.${turn}.${index}`);
      const lastSeq = await append(service, runId, texts);
      for (const [index, text] of texts.entries()) {
        written.get(runId)?.push(`${lastSeq - texts.length + 1 + index} ${text}`);
      }
    }
  };

  let resumes = 0;
  const followUntilEnd = async (follower: number) => {
    const runId = runIds[follower % runIds.length] ?? "";
    const seen: string[] = [];
    let after: string | null = null;
    for (let cut = 0; ; cut += 1) {
      const client = service.connect();
      let ended = true;
      for await (const { events, cursor } of followRun(client, { runId, after })) {
        seen.push(...events.map(({ seq, text }) => `${seq} ${text ?? ""}`));
        after = cursor;
        if (cut < cuts) {
          // The whole socket goes, without a goodbye to the subscription.
          ended = false;
          client.terminate();
          break;
        }
      }
      await client.dispose();
      if (ended) return seen;
      resumes += 1;
    }
  };

  const following = Array.from({ length: followers }, (_, follower) => followUntilEnd(follower));
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  for (const runId of runIds) await finishRun(service, runId);
  const seenByAll = await Promise.all(following);
  expect(resumes).toBe(followers * cuts);

  for (const runId of runIds) {
    const stored = await readEvents(service, runId);
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
    const texts = stored.map(({ seq, payload }) => `${seq} ${payload.text ?? ""}`);
    const acknowledged = (written.get(runId) ?? []).toSorted(
      (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
    );
    expect(texts.slice(1, -1)).toEqual(acknowledged);
    for (const [follower, seen] of seenByAll.entries()) {
      if (runIds[follower % runIds.length] === runId) expect(seen).toEqual(texts);
    }
  }
  const sessionSeqsAndCount = graphql(`
    query SessionSeqsAndCount($by: SessionRef!) {
      session(by: $by) { lastEventSeq timeline(first: 500) { totalCount nodes { sessionSeq } } }
    }
  `);
  const data = await service.ask(sessionSeqsAndCount, { by: { sessionId } });
  const session = found(data.session);
  const seqs = session.timeline.nodes.map((node) => node.sessionSeq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(session.timeline.totalCount).toBe(session.lastEventSeq);
});
