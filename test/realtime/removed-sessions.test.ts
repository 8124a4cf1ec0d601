import { expect, it } from "vitest";
import { removeOldSessions } from "../../src/actions/clear.js";
import { openSocket } from "../support/following/open-socket.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { createRun, uniqueName } from "../support/work.js";

const service = shareService({ config: { sweepMs: 50 } });
const node = shareNode(service);

const follow = `subscription ($after: String) { sessionAttentionChanged(filter: { state: ALL }, after: $after) {
  cursor removedIds sessions { sessionId } } }`;

/** What a follower that resumes is sent first: its batch, or its refusal. */
async function first(after: string | null) {
  const { socket, begin, frames } = await openSocket(service.url);
  begin("1", follow, { after });
  await expect.poll(() => frames.length).toBeGreaterThan(1);
  socket.terminate();
  const payload = frames[1]?.payload as {
    data?: { sessionAttentionChanged: { cursor: string; removedIds: string[]; sessions: unknown[] } };
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
  const refused = Array.isArray(payload) ? payload : payload.errors;
  return {
    batch: payload.data?.sessionAttentionChanged,
    error: refused?.[0] as { message: string; extensions: Record<string, unknown> } | undefined,
  };
}

const clear = () =>
  removeOldSessions(node, {
    retention: { graceSeconds: 3_600, days: 1 },
    isStopped: () => false,
    onFault: (error) => {
      throw error;
    },
  });
const sql = (text: string, ...values: unknown[]) => node.pool.query(text, values);
const countOf = async (name: string) =>
  (await sql("SELECT count(*)::int AS count FROM session WHERE name = $1", name)).rows[0].count as number;

it.each(["forgotten", "expired"])(
  "who was away while a session was %s is told that it left, or that the cursor is too old; never nothing",
  async (kind) => {
    const name = uniqueName(kind);
    await createRun(service, {
      session: { sessionId: name, ...(kind === "expired" ? { expiresAt: "2099-01-01T00:00:00Z" } : {}) },
    });
    const before = (await first(null)).batch?.cursor ?? "";
    await sql(
      kind === "expired"
        ? "UPDATE session SET expires_at = clock_timestamp() WHERE name = $1"
        : "UPDATE session SET last_activity_at = clock_timestamp() - interval '2 days', updated_at = clock_timestamp() - interval '2 days' WHERE name = $1",
      name,
    );
    if (kind === "forgotten") await clear();
    const { rows } = await sql("SELECT id FROM session WHERE name = $1", name);
    await expect.poll(async () => (await first(before)).batch?.removedIds).toEqual([rows[0].id]);
    const after = (await first(before)).batch?.cursor ?? "";
    // An hour later, or as if it were.
    await clear();
    expect(await countOf(name)).toBe(1);
    await sql("UPDATE session SET expires_at = clock_timestamp() - interval '2 hours' WHERE name = $1", name);
    await clear();
    expect(await countOf(name)).toBe(0);
    expect((await first(before)).error).toMatchObject({
      message: expect.stringMatching(/^after is too old/),
      extensions: { code: "BAD_USER_INPUT", details: { field: "after", reason: "cursor-too-old" } },
    });
    expect((await first(after)).batch).toMatchObject({ removedIds: [], sessions: [] });
    expect((await first(null)).batch).toMatchObject({ removedIds: [], sessions: [] });
  },
);
