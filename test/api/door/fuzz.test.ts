import { expect, it } from "vitest";
import type { Exchange } from "../../fuzz/exchange.js";
import { fuzz } from "../../fuzz/run.js";
import { type Run, verdictOf } from "../../fuzz/verdict.js";
import { startService } from "../../support/start-service.js";

/** Another one in each run, so that in time more is seen; `FUZZ_SEED` does one again. */
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);

it(`no random document, valid or broken, meets a fault of the service (FUZZ_SEED=${seed})`, async () => {
  await using service = await startService();
  const faults: Exchange[] = [];
  const codes = new Map<string, number>();
  await fuzz({
    url: service.url,
    seed,
    documents: 150,
    concurrency: 2,
    onExchange: (exchange) => {
      codes.set(exchange.code, (codes.get(exchange.code) ?? 0) + 1);
      if (exchange.fault !== null) faults.push(exchange);
    },
  });
  const told = faults.map(
    ({ fault, transport, request }) =>
      `${fault} over ${transport}: ${JSON.stringify(request).slice(0, 2_000)}`,
  );
  expect(told).toEqual([]);
  // Otherwise nothing but refusals was tried.
  expect(codes.get("OK")).toBeGreaterThan(40);
  expect(codes.size).toBeGreaterThan(4);
  expect(await service.ask("{ viewer { tenantId } }")).toEqual({ viewer: { tenantId: "local" } });
}, 120_000);

const exchanged = (fault: string | null): Exchange => ({
  transport: "POST",
  request: {},
  isValid: true,
  code: "OK",
  answer: null,
  fault,
  startedAt: 1_000,
  endedAt: 2_000,
});
const calm = { sent: [exchanged(null)], statements: [], stalls: [], heaps: [100, 100, 100] };
const mebibyte = 1_048_576;

it.each<[Partial<Run>, RegExp | null]>([
  [{}, null],
  [{ sent: [exchanged("a fault"), exchanged("a fault")] }, /^2 faults of the service$/],
  [
    { stalls: [{ wallMs: 120, cpuMs: 101, at: 1_500 }] },
    /^a stall of 101 ms of CPU; at most 100 are allowed$/,
  ],
  [{ stalls: [{ wallMs: 400, cpuMs: 99, at: 1_500 }] }, null],
  // While nothing is under way memory is measured.
  [{ stalls: [{ wallMs: 400, cpuMs: 400, at: 900 }] }, null],
  [
    { statements: [{ ms: 1_001, text: "SELECT", at: 1 }] },
    /^a statement of 1001 ms; at most 1000 are allowed$/,
  ],
  [{ statements: [{ ms: 999, text: "SELECT", at: 1 }] }, null],
  [
    { heaps: [0, 9 * mebibyte, 11 * mebibyte, 40 * mebibyte] },
    /^a heap that grew by 31 MiB; at most 30 are allowed$/,
  ],
  // What is kept fills up in the first quarter.
  [{ heaps: [0, 90 * mebibyte, 130 * mebibyte, 120 * mebibyte] }, null],
])("of a run of npm run fuzz with %j the verdict is %s", (run, expected) => {
  const verdict = verdictOf({ ...calm, ...run });
  if (expected === null) expect(verdict).toEqual([]);
  else expect(verdict).toEqual([expect.stringMatching(expected)]);
});
