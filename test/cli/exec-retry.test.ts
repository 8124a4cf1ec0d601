import { describe, expect, it } from "vitest";
import { GraphRequestError } from "../../src/client/graph-request-error.js";
import { backOffMs, retry } from "../../src/client/retry.js";

function failing(
  times: number,
  error: GraphRequestError,
): { operation: () => Promise<number>; calls: () => number } {
  let calls = 0;
  const operation = async () => {
    calls += 1;
    if (calls <= times) throw error;
    return calls;
  };
  return { operation, calls: () => calls };
}

const away = new GraphRequestError("away", { code: "UNAVAILABLE", retryable: true });
const refused = new GraphRequestError("refused", { code: "FORBIDDEN", retryable: false });

describe("a retry", () => {
  // F4, S6
  it("waits 100 ms doubling to 5 s, of which up to a half is left out", () => {
    expect([0, 1, 2, 5, 6, 60].map((attempt) => backOffMs(attempt, () => 1))).toEqual([
      100, 200, 400, 3_200, 5_000, 5_000,
    ]);
    expect(backOffMs(60, () => 0)).toBe(2_500);
  });

  it("goes on until the operation succeeds", async () => {
    const { operation } = failing(2, away);
    expect(await retry(operation)).toBe(3);
  });

  it("ends at once where the same call can never succeed", async () => {
    const { operation, calls } = failing(2, refused);
    await expect(retry(operation)).rejects.toBe(refused);
    expect(calls()).toBe(1);
  });

  it("ends when the time is up, or when it is told to", async () => {
    await expect(retry(failing(99, away).operation, { deadlineAt: Date.now() })).rejects.toBe(away);
    const end = new AbortController();
    const options = { signal: end.signal, onRetry: () => end.abort() };
    await expect(retry(failing(99, away).operation, options)).rejects.toBe(away);
  });
});
