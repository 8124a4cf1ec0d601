import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, createRunner } from "../../../src/client/client.js";
import {
  clientOf,
  codeOfError,
  createTurn,
  holdNext,
  letLeasePass,
  nextCommands,
} from "../../support/held-run.js";
import { type TestService, startService } from "../../support/start-service.js";
import { openProxy } from "../../support/tcp-proxy.js";
import { append, cancelRun, claim, readEvents } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A client that notes when it sends an operation. */
function noting(client: Client, operation: string): { client: Client; sentAt: number[] } {
  const sentAt: number[] = [];
  const request: Client["request"] = (document, variables) => {
    if (document.toString().includes(operation)) sentAt.push(performance.now());
    return client.request(document, variables);
  };
  return { client: { ...client, request }, sentAt };
}

it("a lease that ran out is taken anew where nobody else has claimed the run, and the work goes on", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile, { leaseSeconds: 3_600 });
  const { leaseToken } = run;
  await letLeasePass(service, runId);
  await Promise.all([
    run.append({ type: "ASSISTANT_MESSAGE", payload: { text: "late" } }),
    run.draft("ASSISTANT_MESSAGE").end(),
  ]);
  expect(run.leaseToken).not.toBe(leaseToken);
  expect(await nextCommands(run, 1)).toEqual(["TURN one"]);
  await letLeasePass(service, runId);
  await run.finish();
  const events = await readEvents(service, runId);
  expect(events.filter(({ payload }) => payload.phase === "run-claimed")).toHaveLength(3);
  expect(events.at(-1)?.type).toBe("TERMINAL_STATUS");
});

it("a heartbeat takes it anew too", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile, { leaseSeconds: 1 });
  const { leaseToken } = run;
  await letLeasePass(service, runId);
  await expect.poll(() => run.leaseToken).not.toBe(leaseToken);
  expect(run.signal.aborted).toBe(false);
  await run.finish();
});

it("a run that another holds by now is lost: what is written is refused, and the signal is aborted", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile, { leaseSeconds: 3_600 });
  await letLeasePass(service, runId);
  const { leaseToken } = await claim(service, runId);
  const late = run.append({ type: "ASSISTANT_MESSAGE", payload: { text: "late" } });
  expect(await late.catch(codeOfError)).toBe("RUNNER_LEASE_CONFLICT");
  expect(run.signal.aborted).toBe(true);
  await append(service, runId, ["on time"], { leaseToken });
});

it("a run that is given back is not claimed again by a heartbeat that comes after", async () => {
  const { profile, runId } = await createTurn(service);
  const client = clientOf(service);
  let [isBeaten, isReleased] = [() => {}, () => {}];
  const beaten = new Promise<void>((resolve) => (isBeaten = resolve));
  const released = new Promise<void>((resolve) => (isReleased = resolve));
  let [beats, claims] = [0, 0];
  // The heartbeat is sent once the run is given back, of which the runner hears only after it.
  const request: Client["request"] = async (document, variables) => {
    const text = document.toString();
    if (text.includes("mutation HeartbeatRun") && (beats += 1)) await released;
    if (text.includes("mutation ClaimRun(")) claims += 1;
    const answer = client.request(document, variables);
    await answer.catch(() => {});
    if (text.includes("mutation HeartbeatRun")) isBeaten();
    if (text.includes("mutation ReleaseRun")) {
      isReleased();
      await beaten;
    }
    return answer;
  };
  const run = await holdNext({ ...client, request }, profile);
  const asked = run.ask({ kind: "approval", prompt: "Go?" }).catch(codeOfError);
  await expect.poll(() => beats).toBe(1);
  await run.release();
  expect(await asked).toBe("RUN_OVER");
  expect((await readEvents(service, runId)).at(-1)?.payload.phase).toBe("run-released");
  expect(claims).toBe(0);
});

it("a run whose lease ran out is given back as it is asked", async () => {
  const { profile, runId } = await createTurn(service);
  const run = await holdNext(clientOf(service), profile, { leaseSeconds: 3_600 });
  expect(await nextCommands(run, 1)).toEqual(["TURN one"]);
  await letLeasePass(service, runId);
  await run.release({ untilCommand: true });
  const text = `query ($id: ID!) { run(id: $id) { status parked } }`;
  expect((await service.ask(text, { id: runId })).run).toEqual({ status: "PENDING", parked: true });
});

it("a write that is refused since the run has ended tells that it is over", async () => {
  const { profile, runId } = await createTurn(service);
  await using proxy = await openProxy(service.url);
  // Its calls go past the proxy, and what it follows falls silent.
  const client = { ...clientOf(service), follow: clientOf(proxy).follow };
  const run = await holdNext(client, profile, { leaseSeconds: 3_600 });
  expect(await nextCommands(run, 1)).toEqual(["TURN one"]);
  proxy.freeze();
  await cancelRun(service, runId);
  const late = run.append({ type: "ASSISTANT_MESSAGE", payload: { text: "late" } });
  expect(await late.catch(codeOfError)).toBe("ALREADY_TERMINAL");
  await expect.poll(() => run.signal.aborted).toBe(true);
});

it("a heartbeat that failed is tried again at once, and not after a third of the lease", async () => {
  const { profile } = await createTurn(service);
  await using proxy = await openProxy(service.url);
  const { client, sentAt } = noting(clientOf(proxy), "mutation HeartbeatRun");
  const run = await holdNext(client, profile, { leaseSeconds: 6 });
  proxy.cut();
  await expect.poll(() => sentAt.length).toBeGreaterThanOrEqual(3);
  const [first = 0, , third = 0] = sentAt;
  expect(third - first).toBeLessThan(2_000);
  proxy.restore();
  await run.finish();
});

it("the loop over runs ends without an error at its signal, though the service is away", async () => {
  const { profile } = await createTurn(service);
  await using proxy = await openProxy(service.url);
  const { client, sentAt } = noting(clientOf(proxy), "mutation ClaimNextRun");
  const stop = new AbortController();
  const runner = createRunner(client, { backendProfiles: [profile], pollMs: 10, signal: stop.signal });
  let stored: Promise<unknown> | undefined;
  for await (const run of runner.runs()) {
    proxy.cut();
    stored = run.append({ type: "ASSISTANT_MESSAGE", payload: { text: "lost" } }).catch(codeOfError);
    stop.abort();
  }
  expect(await stored).toBe("UNREACHABLE");

  const stopToo = new AbortController();
  const idle = createRunner(client, { backendProfiles: [profile], signal: stopToo.signal });
  proxy.restore();
  expect(await idle.claimNext()).toBeUndefined();
  proxy.cut();
  const before = sentAt.length;
  const loop = (async () => {
    for await (const run of idle.runs()) expect(run).toBeUndefined();
  })();
  await expect.poll(() => sentAt.length).toBeGreaterThan(before);
  stopToo.abort();
  await loop;
});
