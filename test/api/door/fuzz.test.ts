import { expect, it } from "vitest";
import type { Exchange } from "../../fuzz/exchange.js";
import { fuzz } from "../../fuzz/run.js";
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
