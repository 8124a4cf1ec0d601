import { expect, it } from "vitest";
import { hashLeaseToken, whyNotHeld } from "../../src/domain/lease.js";
import { isEnded, runStatuses } from "../../src/domain/run.js";
import { appendEvents } from "../../src/store/event-log/append.js";
import { readStream } from "../../src/store/delta/stream.js";
import { findRuns } from "../../src/store/run.js";
import { createRandom } from "../support/random.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { createRun } from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const tokens = ["lease_one", "lease_two"];

/** Puts a run into any state that its columns can hold, whether or not the service would. */
async function put(runId: string, status: string, tokenHash: string | null, endsInSeconds: number | null) {
  await node.pool.query(
    `UPDATE run SET status = $2::run_status, lease_token_hash = $3,
      lease_expires_at = clock_timestamp() + make_interval(secs => $4) WHERE id = $1`,
    [runId, status, tokenHash, endsInSeconds],
  );
}

it("an append, and a delta, is refused by the database exactly if the domain's rule refuses it", async () => {
  const seed = 11;
  const random = createRandom(seed);
  const runIds = await Promise.all(Array.from({ length: 40 }, () => createRun(service)));
  const seen = new Map<string, number>();
  for (let round = 0; round < 25; round += 1) {
    for (const runId of runIds) {
      const token = random.pick([null, ...tokens]);
      await put(
        runId,
        random.pick(random.chance(0.2) ? runStatuses : ["PENDING", "CLAIMED"]),
        token && hashLeaseToken(token),
        random.pick([null, -60, 60]),
      );
    }
    const cases = (await findRuns(node, runIds)).map((run) => ({
      run,
      leaseToken: random.pick([null, ...tokens]),
      operator: random.chance(0.3),
    }));
    const { rows } = await node.pool.query<{ id: string; hash: string | null }>(
      "SELECT id, lease_token_hash AS hash FROM run",
    );
    const hashes = new Map(rows.map(({ id, hash }) => [id, hash]));
    const outcomes = await appendEvents(
      node,
      cases.map(({ run, leaseToken, operator }) => ({
        runId: run.id,
        events: [{ type: "ASSISTANT_MESSAGE", payload: { text: "x" }, redactionCount: 0 }],
        writer: { leaseTokenHash: leaseToken && hashLeaseToken(leaseToken), operator },
        idempotency: null,
      })),
    );
    for (const [index, { run, ...writer }] of cases.entries()) {
      const hold = {
        held: run.status === "CLAIMED",
        leaseTokenHash: hashes.get(run.id) ?? null,
        leaseExpired: run.leaseExpired,
      };
      const byRule = whyNotHeld(hold, writer) === null ? "STORED" : "LEASE";
      const expected = isEnded(run.status) ? "ENDED" : byRule;
      expect({ seed, round, run: run.status, hold, writer, outcome: outcomes[index]?.outcome }).toEqual({
        seed,
        round,
        run: run.status,
        hold,
        writer,
        outcome: expected,
      });
      if (writer.leaseToken !== null && round % 5 === 0) {
        const sender = { runId: run.id, streamId: "s", leaseTokenHash: hashLeaseToken(writer.leaseToken) };
        const read = await readStream(node, sender);
        expect({ hold, verdict: read?.verdict }).toEqual({
          hold,
          verdict: expected === "STORED" ? "HELD" : expected,
        });
      }
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
    }
  }
  // The cases are no test if one of the outcomes hardly comes.
  for (const outcome of ["STORED", "LEASE", "ENDED"]) expect(seen.get(outcome)).toBeGreaterThan(50);
});
