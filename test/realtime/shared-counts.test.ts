import { afterAll, beforeAll, expect, it } from "vitest";
import { mark, readCounts } from "../support/attention.js";
import { type OpenSocket, openSocket } from "../support/following/open-socket.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { createSession } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const followers = Array.from({ length: 50 }, (_, index) => `follower${index}`);

/** Begins operations that differ in their names alone, so that each has an audience of its own. */
function followAll({ begin }: OpenSocket, field: string): void {
  for (const name of followers) begin(name, `subscription ${name} { ${field} }`);
}

/** What each has been sent last. */
function lastOf({ frames }: OpenSocket, field: string) {
  const newest = new Map(frames.map(({ id, payload }) => [id, payload?.data?.[field]]));
  return followers.map((name) => newest.get(name));
}

function countsAmong(sent: readonly { text: string }[]): number {
  return sent.filter(({ text }) => text.includes("count(*) FILTER")).length;
}

it("followers of different operations over one inbox share its counts, and never get those from before a change", async () => {
  const socket = await openSocket(service.url);
  const changed = () => lastOf(socket, "sessionAttentionChanged");
  followAll(socket, "sessionAttentionChanged { changeVersion counts { changeVersion unread total } }");
  await expect.poll(() => changed().filter(Boolean).length).toBe(followers.length);

  for (let total = 1; total <= 3; total += 1) {
    const sent = await recordStatements(async () => {
      await createSession(service);
      await expect
        .poll(() => changed().map(({ counts }) => counts))
        .toEqual(followers.map(() => expect.objectContaining({ unread: total, total })));
    });
    expect(countsAmong(sent)).toBeGreaterThanOrEqual(1);
    expect(countsAmong(sent)).toBeLessThan(followers.length / 5);
  }
  const batches = socket.frames.flatMap(({ payload }) => payload?.data?.sessionAttentionChanged ?? []);
  for (const { changeVersion, counts } of batches)
    expect(counts.changeVersion).toBeGreaterThanOrEqual(changeVersion);
  socket.socket.close();
});

it("so do those of inboxCounts, and a reader's own marks are in them", async () => {
  const { sessionId } = await createSession(service);
  const { total: unread } = await readCounts(service, {});
  const socket = await openSocket(service.url);
  const counts = () => lastOf(socket, "inboxCounts");
  const opening = await recordStatements(async () => {
    followAll(socket, `inboxCounts(readerId: "ada") { unread read }`);
    await expect.poll(counts).toEqual(followers.map(() => ({ unread, read: 0 })));
  });
  expect(countsAmong(opening)).toBeLessThan(followers.length / 5);
  const sent = await recordStatements(async () => {
    await mark(service, "markSessionRead", sessionId, { readerId: "ada" });
    await expect.poll(counts).toEqual(followers.map(() => ({ unread: unread - 1, read: 1 })));
  });
  expect(countsAmong(sent)).toBeLessThan(followers.length / 5);
  socket.socket.close();
});
