import { afterAll, beforeAll, expect, it } from "vitest";
import type { HeldRun } from "../../../src/client/client.js";
import { found } from "../../support/found.js";
import { clientOf, codeOfError, createTurn, holdNext, nextCommands } from "../../support/held-run.js";
import { answerDocument, closeDocument } from "../../support/requests.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { cancelCommand, cancelRun, createCommand } from "../../support/work.js";

let service: TestService;
let people: Asks;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  people = asking(callerOf(service.url, await tokenFor("acme")));
});
afterAll(() => service.close());

/** A run that a runner holds, which may read nothing; its turn was taken. */
async function hold(leaseSeconds = 3): Promise<HeldRun> {
  const { profile } = await createTurn(people);
  const runner = clientOf(service, await tokenFor("acme", ["runner"], "robot"));
  const run = await holdNext(runner, profile, { leaseSeconds });
  expect(await nextCommands(run, 1)).toEqual(["TURN one"]);
  return run;
}

/** The ids of the open requests that there are, once there are so many. */
async function opened(run: HeldRun, count = 1): Promise<string[]> {
  const text = `query ($runId: ID!) { inputRequests(filter: { runId: $runId }) { nodes { id } } }`;
  const read = async (): Promise<string[]> =>
    (await people.ask(text, { runId: run.id })).inputRequests.nodes.map(({ id }: { id: string }) => id);
  await expect.poll(read).toHaveLength(count);
  return read();
}

async function turnOf(run: HeldRun): Promise<string> {
  const text = `query ($id: ID!) { run(id: $id) { commands(first: 1) { nodes { id } } } }`;
  return (await people.ask(text, { id: run.id })).run.commands.nodes[0].id;
}

async function answer(id: string, choiceIds: string[]) {
  await people.ask(answerDocument, { input: { id, decision: "ANSWERED", choiceIds } });
}

const close = (id: string, more: object) => people.ask(closeDocument, { input: { id, ...more } });

it.each([
  [
    "a steer answers it",
    async (run: HeldRun) => void (await createCommand(people, run.id, "STEER", { text: "blue" })),
    { decision: "answered", expired: false, value: "blue", answeredBy: "ada" },
  ],
  [
    "a turn answers it",
    async (run: HeldRun) => void (await createCommand(people, run.id, "TURN", { prompt: "red" })),
    { decision: "answered", value: "red" },
  ],
  [
    "it was answered elsewhere",
    async (_run: HeldRun, id: string) => void (await close(id, { decision: "ANSWERED", value: "green" })),
    { decision: "answered", value: "green", answeredBy: null },
  ],
  [
    "nobody needs it any more",
    async (_run: HeldRun, id: string) => void (await close(id, {})),
    "REQUEST_WITHDRAWN",
  ],
  [
    "its turn is cancelled",
    async (run: HeldRun) => cancelCommand(people, await turnOf(run)),
    "REQUEST_WITHDRAWN",
  ],
  ["its turn is ended", async (run: HeldRun) => run.finishCommand(await turnOf(run)), "REQUEST_WITHDRAWN"],
])("what is asked is settled where %s", async (_how, end, settled) => {
  const run = await hold();
  const asked = run.ask({ kind: "question", prompt: "Which colour?" }).catch(codeOfError);
  await end(run, found((await opened(run))[0]));
  const answered = await asked;
  if (typeof settled === "string") expect(answered).toBe(settled);
  else expect(answered).toMatchObject(settled);
  await run.finish();
});

it("an answer goes to everybody who asks the same by one requestId, and comes to nobody else", async () => {
  const run = await hold();
  const question = { kind: "question", prompt: "Which?", choices: ["a", "b"], requestId: "r1" };
  const asked = [run.ask(question), run.ask(question)];
  const [id = ""] = await opened(run);
  await run.append({ type: "ASSISTANT_MESSAGE", payload: { text: "both are stored" } });
  await answer(id, ["a"]);
  expect(await Promise.all(asked)).toMatchObject([{ choiceIds: ["a"] }, { choiceIds: ["a"] }]);
  await createCommand(people, run.id, "STEER", { text: "next" });
  expect(await nextCommands(run, 1)).toEqual(["STEER next"]);
  await run.finish();
});

it("other words by the same requestId withdraw the ones before", async () => {
  const run = await hold(3_600);
  const first = run
    .ask({ kind: "question", prompt: "Which?", choices: ["a"], requestId: "r1" })
    .catch(codeOfError);
  await opened(run);
  const second = run.ask({ kind: "question", prompt: "Which, really?", choices: ["a"], requestId: "r1" });
  expect(await first).toBe("REQUEST_WITHDRAWN");
  await answer(found((await opened(run))[0]), ["a"]);
  expect(await second).toMatchObject({ choiceIds: ["a"] });
  await run.finish();
});

it("a question is found behind many that were asked and closed after it", async () => {
  const run = await hold(3_600);
  const first = run.ask({ kind: "question", prompt: "Which colour?", choices: ["a"] }).catch(codeOfError);
  const [id = ""] = await opened(run);
  const more = Array.from({ length: 45 }, (_, index) => run.ask({ kind: "question", prompt: `${index}?` }));
  await opened(run, 46);
  await createCommand(people, run.id, "STEER", { text: "yes" });
  for (const { value } of await Promise.all(more)) expect(value).toBe("yes");
  await close(id, { decision: "ANSWERED", choiceIds: ["a"] });
  expect(await first).toMatchObject({ choiceIds: ["a"] });
  await run.finish();
});

it("a run that is cancelled is over at once, however long its lease, and so is what it asks", async () => {
  const run = await hold(3_600);
  const asked = run.ask({ kind: "approval", prompt: "Go?" }).catch(codeOfError);
  await opened(run);
  await cancelRun(people, run.id);
  expect(await asked).toBe("RUN_OVER");
  expect(run.signal.aborted).toBe(true);
  expect(await nextCommands(run, 1)).toEqual([]);
});
