import { afterAll, beforeAll, expect, it } from "vitest";
import { type HeldRun, createRunner } from "../../../src/client/client.js";
import { found } from "../../support/found.js";
import {
  clientOf,
  codeOfError,
  createTurn,
  holdNext,
  letLeasePass,
  nextCommands,
} from "../../support/held-run.js";
import { graphql } from "../../support/graphql.js";
import { answerDocument, openRequest } from "../../support/requests.js";
import { type TestService, startService } from "../../support/start-service.js";
import { claim, createCommand, createSession, readEvents } from "../../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

function runnerOf(profile: string, signal?: AbortSignal) {
  return createRunner(clientOf(service), { backendProfiles: [profile], pollMs: 10, signal });
}

const request = graphql(`
  query HandedOver($id: ID!) { run(id: $id) { status parked inputRequests { nodes { id prompt } } } }
`);
async function read(runId: string) {
  return found((await service.ask(request, { id: runId })).run);
}

async function answer(id: string, choice: string) {
  await service.ask(answerDocument, { input: { id, decision: "APPROVED", choiceIds: [choice] } });
}

it("who takes a run that was given back is told the turns and steers that have not ended", async () => {
  const { profile, runId } = await createTurn(service);
  const first = await holdNext(clientOf(service), profile);
  const ended = await createCommand(service, runId, "STEER", { text: "ended" });
  await createCommand(service, runId, "INTERRUPT", { text: "stop" });
  await createCommand(service, runId, "STEER", { text: "live" });
  expect(await nextCommands(first, 4)).toEqual(["TURN one", "STEER ended", "INTERRUPT stop", "STEER live"]);
  await first.finishCommand(ended);
  await first.release();
  const second = await holdNext(clientOf(service), profile);
  await createCommand(service, runId, "STEER", { text: "last" });
  expect(await nextCommands(second, 3)).toEqual(["TURN one", "STEER live", "STEER last"]);
  await second.finish();
});

it("so is who takes it after a lease that ran out", async () => {
  const { profile, runId } = await createTurn(service);
  const first = await holdNext(clientOf(service), profile);
  expect(await nextCommands(first, 1)).toEqual(["TURN one"]);
  await letLeasePass(service, runId);
  const second = await holdNext(clientOf(service), profile);
  expect(second.id).toBe(runId);
  expect(await nextCommands(second, 1)).toEqual(["TURN one"]);
  await second.finish();
});

it("what an earlier holder asked is gone on with: the request while it is open, and else the answer that nobody has taken", async () => {
  const { profile, runId } = await createTurn(service);
  const ask = async (run: HeldRun) => {
    for await (const { id, type } of run.commands())
      if (type === "TURN")
        return run.ask({ kind: "approval", prompt: "Go?", choices: ["y", "n"], requestId: id });
    return undefined;
  };
  const opened = async () => (await read(runId)).inputRequests.nodes;
  const asks = async () =>
    (await readEvents(service, runId)).filter(({ type }) => type === "INPUT_REQUEST").length;
  const first = await holdNext(clientOf(service), profile);
  const lost = ask(first).catch(codeOfError);
  await expect.poll(asks).toBe(1);
  await first.release();
  expect(await lost).toBe("RUN_OVER");

  const second = await holdNext(clientOf(service), profile);
  const lostToo = ask(second).catch(codeOfError);
  await expect.poll(asks).toBe(2);
  expect(await opened()).toHaveLength(1);
  await second.release({ untilCommand: true });
  expect(await lostToo).toBe("RUN_OVER");
  expect(await runnerOf(profile).claimNext()).toBeUndefined();

  await answer(found((await opened())[0]).id, "y");
  const last = await holdNext(clientOf(service), profile);
  expect(await ask(last)).toMatchObject({ decision: "approved", choiceIds: ["y"] });
  expect(await opened()).toEqual([]);
  await last.finish();
});

it("a run that its loop leaves is given back with its turn, and the loop gets it again", async () => {
  const { profile, runId } = await createTurn(service);
  const stop = new AbortController();
  const turns: string[] = [];
  for await (const run of runnerOf(profile, stop.signal).runs()) {
    expect(run.id).toBe(runId);
    turns.push(...(await nextCommands(run, 1)));
    if (turns.length < 3) continue;
    await run.finish();
    stop.abort();
  }
  expect(turns).toEqual(["TURN one", "TURN one", "TURN one"]);
  expect(await read(runId)).toMatchObject({ status: "COMPLETED" });
});

it("one whose commands have all ended is given back until it has another, and keeps its loop from no other run", async () => {
  const { profile, runId } = await createTurn(service);
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const run of runnerOf(profile, stop.signal).runs()) {
    for await (const { id, text } of run.commands()) {
      seen.push(`${run.id} ${text}`);
      await run.finishCommand(id);
      break;
    }
    if (seen.length === 1)
      await createSession(service, {}, { backendProfile: profile, turn: { payload: { prompt: "two" } } });
    if (seen.length === 2) {
      expect(await read(runId)).toMatchObject({ status: "PENDING", parked: true });
      await createCommand(service, runId, "TURN", { prompt: "three" });
    }
    if (seen.length === 3) stop.abort();
  }
  expect(seen).toEqual([`${runId} one`, expect.stringContaining(" two"), `${runId} three`]);
});

it("the loop leaves a run that it has given back to other runners for a while", async () => {
  const { profile, runId } = await createTurn(service);
  const client = clientOf(service);
  const stop = new AbortController();
  const runs: string[] = [];
  const loop = (async () => {
    const runner = createRunner(client, {
      backendProfiles: [profile],
      pollMs: 3_600_000,
      signal: stop.signal,
    });
    for await (const run of runner.runs()) {
      runs.push(run.id);
      await openRequest(service, runId, { prompt: "anything" }, run.leaseToken);
    }
  })();
  await expect
    .poll(() => read(runId))
    .toMatchObject({ status: "PENDING", inputRequests: { nodes: [{ prompt: "anything" }] } });
  await claim(service, runId);
  expect(runs).toEqual([runId]);
  stop.abort();
  await loop;
});
