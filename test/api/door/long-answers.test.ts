import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultLimits } from "../../../src/graphql/engine/limits.js";
import { type TestService, startService } from "../../support/start-service.js";
import { append, createRun } from "../../support/work.js";

const answerBytes = 1_000_000;
const lengthOfText = 200_000;

let service: TestService;
let runId: string;
beforeAll(async () => {
  service = await startService({ config: { limits: { answerBytes } } });
  runId = await createRun(service);
  const texts = Array.from({ length: 5 }, () => "x".repeat(lengthOfText));
  await append(service, runId, texts);
  await append(service, runId, texts);
});
afterAll(() => service.close());

const refused = {
  code: "QUERY_TOO_COMPLEX",
  failureKind: "schema-invalid",
  httpStatus: 400,
  retryable: false,
  details: { limit: "answerBytes", asked: null, allowed: answerBytes },
};

const payloads = "{ nodes { payload } }";
const texts = "{ nodes { ... on AssistantMessageEvent { text } } }";
const types = "types: [ASSISTANT_MESSAGE]";

/** Asks several times: from the third time on an operation is compiled. */
async function askOften(query: string) {
  const answers = [];
  for (let time = 0; time < 5; time += 1) answers.push(await service.call(query));
  return answers;
}

it("an answer may have 32 MiB", () => {
  expect(defaultLimits.answerBytes).toBe(33_554_432);
});

it.each([
  ["a page", `events(first: 10) ${payloads}`],
  ["a page of texts", `events(first: 10) ${texts}`],
  ["pages that are short each", `a: events(first: 4) ${payloads} b: events(last: 4) ${payloads}`],
  [
    "one event that is asked for many times",
    `events(first: 1, ${types}) { nodes { ${Array.from("abcdef", (name) => `${name}: payload`).join(" ")} } }`,
  ],
  [
    "a run that is shown at each event",
    `events(first: 4, ${types}) { nodes { payload run { output(first: 1) ${payloads} } } }`,
  ],
])("%s of more bytes than an answer may have is refused, compiled or not", async (_what, fields) => {
  for (const { data, errors } of await askOften(`{ run(id: "${runId}") { id ${fields} } }`)) {
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([refused]);
    expect(errors?.[0]?.message).toContain("ask for fewer rows or fields");
  }
});

it("as many as fit are given, compiled or not", async () => {
  const query = `{ run(id: "${runId}") { events(first: 3, ${types}) ${payloads} } }`;
  const answers = await askOften(query);
  const nodes = Array.from({ length: 3 }, () => ({ payload: { text: "x".repeat(lengthOfText) } }));
  for (const answer of answers) expect(answer).toEqual({ data: { run: { events: { nodes } } } });
});

it("what a mutation has done is done, and the field that reads too much says so", async () => {
  const own = await createRun(service);
  await append(
    service,
    own,
    Array.from({ length: 5 }, () => "x".repeat(lengthOfText)),
  );
  const cancel = `mutation { cancelRun(input: { runId: "${own}" }) { run { status events(first: 10) ${payloads} } } }`;
  const { errors } = await service.call(cancel);
  expect(errors?.map(({ extensions }) => extensions)).toEqual([refused]);
  expect(await service.ask(`{ run(id: "${own}") { status } }`)).toEqual({ run: { status: "CANCELLED" } });
});
