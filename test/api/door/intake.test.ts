import { buildSchema, getNamedType, isInputObjectType } from "graphql";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type NameInput, fieldPath, intakeList } from "../../../src/domain/intake-list.js";
import { readAllRows } from "../../support/node.js";
import { claimTask, createTask } from "../../support/queue.js";
import { openRequest } from "../../support/requests.js";
import { shareNode, shareService } from "../../support/shared-service.js";
import {
  claim,
  createCommand,
  createSession,
  registerRunner,
  sessionOf,
  uniqueName,
} from "../../support/work.js";

const service = shareService();
const node = shareNode(service);

const schema = buildSchema(readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"));

/** A mutation, and an input of it that is right. */
interface Sending {
  mutation: string;
  input: object;
}

/** What is sent, with more fields in one of its inputs. */
type Sender = (more: object) => Promise<Sending>;

const sessionRun = async () => (await createSession(service)).runId;
const run = { projectId: "p", backendProfile: "codex" };
const job = {
  payloadHash: "sha256:1",
  attemptId: "a",
  runnerId: "r",
  namespace: "n",
  jobName: "j",
  managerUrl: "https://m.test",
  image: "i",
  sourceCommit: "c",
  result: {},
};

/** The input of an update that ends a claimed task. */
async function endedTask(state: string) {
  const queue = uniqueName("queue");
  const { id: taskId } = await createTask(service, { queue });
  const runnerId = await registerRunner(service);
  const { leaseToken } = await claimTask(service, { queue, runnerId });
  return { taskId, leaseToken, state };
}

/** For each input that holds something to be redacted or refused: all ways in which it is sent. */
const senders: Readonly<Record<string, Sender[]>> = {
  AppendEventsInput: [
    async (more) => {
      const events = [{ type: "ASSISTANT_MESSAGE", payload: { text: "x" } }];
      return { mutation: "appendEvents", input: { runId: await sessionRun(), events, ...more } };
    },
  ],
  RunEventInput: ["ASSISTANT_MESSAGE", "COMMAND_OUTPUT"].map((type): Sender => async (more) => {
    const events = [{ type, ...more }];
    return { mutation: "appendEvents", input: { runId: await sessionRun(), events } };
  }),
  AnswerInputRequestInput: [
    async (more) => ({
      mutation: "answerInputRequest",
      input: { id: await openRequest(service, await sessionRun()), decision: "DENIED", ...more },
    }),
  ],
  CloseInputRequestInput: [
    async (more) => ({
      mutation: "closeInputRequest",
      input: { id: await openRequest(service, await sessionRun()), decision: "DENIED", ...more },
    }),
  ],
  CancelCommandInput: [
    async (more) => {
      const commandId = await createCommand(service, await sessionRun());
      return { mutation: "cancelCommand", input: { commandId, ...more } };
    },
  ],
  CancelQueueTaskInput: [
    async (more) => {
      const { id: taskId } = await createTask(service);
      return { mutation: "cancelQueueTask", input: { taskId, ...more } };
    },
  ],
  CancelRunInput: [
    async (more) => ({ mutation: "cancelRun", input: { runId: await sessionRun(), ...more } }),
  ],
  CancelSessionInput: [
    async (more) => {
      const { sessionId } = await createSession(service);
      return { mutation: "cancelSession", input: { session: { sessionId }, ...more } };
    },
  ],
  CreateCommandInput: ["TURN", "STEER", "INTERRUPT"].map((type): Sender => async (more) => {
    const input = { runId: await sessionRun(), type, payload: {}, ...more };
    return { mutation: "createCommand", input };
  }),
  CreateQueueTaskInput: [
    async (more) => ({
      mutation: "createQueueTask",
      input: { projectId: "p", queue: "q", payload: {}, ...more },
    }),
  ],
  ClaimNextRunInput: [
    async (more) => ({
      mutation: "claimNextRun",
      input: { runnerId: await registerRunner(service), ...more },
    }),
  ],
  ClaimQueueTaskInput: [
    async (more) => ({
      mutation: "claimQueueTask",
      input: { queue: uniqueName("queue"), runnerId: await registerRunner(service), ...more },
    }),
  ],
  RunTurnInput: [async (more) => ({ mutation: "createRun", input: { ...run, turn: more } })],
  CreateRunInput: [async (more) => ({ mutation: "createRun", input: { ...run, ...more } })],
  RegisterRunnerInput: [async (more) => ({ mutation: "registerRunner", input: more })],
  SaveRunnerJobInput: [
    async (more) => ({
      mutation: "saveRunnerJob",
      input: { runId: await sessionRun(), ...job, ...more },
    }),
  ],
  SendDeltaInput: [
    async (more) => {
      const runId = await sessionRun();
      const { leaseToken } = await claim(service, runId);
      const { text = "x", ...others } = more as { text?: string };
      // What stands at the end is held back.
      const delta = { streamId: "s", type: "TOOL_CALL", offset: 0, text: `${text} and so on. `, ...others };
      return { mutation: "sendDelta", input: { runId, leaseToken, ...delta } };
    },
  ],
  SessionRefInput: [
    async (more) => {
      const session = { sessionId: uniqueName("session"), ...more };
      return { mutation: "createRun", input: { ...run, session } };
    },
  ],
  SessionAction: [
    async (more) => {
      const { runId } = await createSession(service);
      const target = { ids: [await sessionOf(service, runId)] };
      return { mutation: "updateSessions", input: { target, action: more } };
    },
  ],
  SessionLinkInput: [
    async (more) => {
      const { sessionId } = await createSession(service);
      const links = [{ url: "https://example.com", ...more }];
      return { mutation: "updateSession", input: { session: { sessionId }, links } };
    },
  ],
  UpdateSessionInput: [
    async (more) => {
      const { sessionId } = await createSession(service);
      return { mutation: "updateSession", input: { session: { sessionId }, ...more } };
    },
  ],
  TurnResultInput: [
    async (more) => {
      const result = { terminalStatus: "FAILED", ...more };
      return { mutation: "finishRun", input: { runId: await sessionRun(), result } };
    },
    async (more) => {
      const commandId = await createCommand(service, await sessionRun());
      const result = { terminalStatus: "FAILED", ...more };
      return { mutation: "finishCommand", input: { commandId, result } };
    },
  ],
  UpdateQueueTaskAttemptInput: ["FAILED", "BLOCKED", "CANCELLED"].map((state): Sender => async (more) => ({
    mutation: "updateQueueTaskAttempt",
    input: { ...(await endedTask(state)), ...more },
  })),
};

async function send({ mutation, input }: Sending) {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`;
  return service.call(query, { input });
}

/** Secrets that nothing else holds, in the forms that a field of any kind can take. The part is what must be stored nowhere. */
const secrets: Record<string, () => { text: string; part: string }> = {
  "a token": () => {
    const part = uniqueName("").replaceAll("-", "");
    return { text: `ghp_${part}AbCd`, part };
  },
  "a password in a URL": () => {
    const part = uniqueName("").replaceAll("-", "");
    return { text: `https://bob:${part}@registry.test/a`, part };
  },
};

/** A secret as a field takes it: text, or JSON with it in values and in a key. */
function valueWith(secret: string, input: string, field: string): unknown {
  const type = schema.getType(input);
  const isJson = isInputObjectType(type) && getNamedType(type.getFields()[field]?.type)?.name === "JSON";
  if (field === "resourceBundle") {
    const named = [{ name: secret, required: true }];
    const words = { kind: secret, repoUrl: secret, commitId: secret, subdir: secret };
    const lists = { toolAliases: named, promptRefs: named, skillRefs: named, sparsePaths: [secret] };
    return { ...words, ...lists, credentialRef: { name: secret, namespace: secret, keys: [secret] } };
  }
  if (!isJson) return field === "managerUrl" ? secret : `see ${secret}`;
  return {
    note: `see ${secret}`,
    text: `see ${secret}`,
    title: secret,
    prompt: secret,
    [`key ${secret}`]: 1,
    list: [[{ text: secret }]],
  };
}

const marks = (rows: string) => rows.split("[REDACTED]").length;

const places = [...intakeList].flatMap(([place, intake]) => {
  const [input = "", field = ""] = place.split(".");
  const each = senders[input] ?? [];
  const forms = Object.entries(secrets);
  return each.flatMap((sender, way) =>
    forms.map(([form, newSecret]) => ({ place, intake, input, field, sender, way, form, newSecret })),
  );
});

it("all that is redacted or refused is sent here", () => {
  const stored = [...intakeList].filter(([, intake]) => intake !== "key").map(([place]) => place);
  const sent = new Set(places.map(({ place }) => place));
  expect(stored.filter((place) => !sent.has(place))).toEqual([]);
  expect(stored.length).toBeGreaterThan(30);
});

describe("a secret in what is redacted is stored nowhere, and [REDACTED] in its place", () => {
  const redacted = places.filter(({ intake }) => intake === "redacted");
  it.each(redacted)("$place, sent as $form ($way)", async ({ input, field, sender, newSecret }) => {
    const { text, part } = newSecret();
    const sending = await sender({ [field]: valueWith(text, input, field) });
    const before = marks(await readAllRows(node));
    expect((await send(sending)).errors).toBeUndefined();
    const rows = await readAllRows(node);
    expect(rows).not.toContain(part);
    expect(marks(rows)).toBeGreaterThan(before);
  });
});

describe("a secret in a name is refused by its name, and nothing is stored", () => {
  const names = places.filter(({ intake }) => intake === "name");
  it.each(names)("$place, sent as $form ($way)", async ({ place, field, sender, newSecret }) => {
    const { text, part } = newSecret();
    const isList = field === "backendProfiles" || field === "addLabels";
    const sending = await sender({ [field]: isList ? ["codex", text] : text });
    const before = await readAllRows(node);
    const { errors } = await send(sending);
    expect(errors).toMatchObject([
      {
        message: `${fieldPath(place as NameInput).replace("links", "links.0")}${isList ? ".1" : ""} must not hold a secret`,
        extensions: { code: "BAD_USER_INPUT" },
      },
    ]);
    const rows = await readAllRows(node);
    expect(rows).not.toContain(part);
    expect(rows === before).toBe(true);
  });
});
