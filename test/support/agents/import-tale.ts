import { found } from "../found.js";
import { graphql } from "../graphql.js";
import type { Asks } from "../start-service.js";
import { registerRunner } from "../work.js";
import type { Deed, Tale } from "./tale.js";

const begin = graphql(`
  mutation BeginTale($input: CreateRunInput!) { createRun(input: $input) { run { id } command { id } leaseToken } }
`);
const append = graphql(`
  mutation AppendTale($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
`);
const command = graphql(`
  mutation CommandOfTale($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }
`);
const endTurn = graphql(`
  mutation EndTurnOfTale($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }
`);
const endRun = graphql(`
  mutation EndRunOfTale($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }
`);
const asked = graphql(`
  query AskedInTale($sessionId: String!) {
    session(by: { sessionId: $sessionId }) { inputRequests(first: 100) { nodes { id requestId } } }
  }
`);
const close = graphql(`
  mutation CloseInTale($input: CloseInputRequestInput!) { closeInputRequest(input: $input) { inputRequest { id } } }
`);

const entitle = graphql(`
  mutation EntitleTale($input: UpdateSessionInput!) { updateSession(input: $input) { session { title } } }
`);

interface Work {
  runId: string;
  leaseToken: string;
  turnId: string | null;
}

/** Tells the service a tale by the API alone, each step with the time at which it happened. */
export async function importTale({ ask }: Asks, { sessionId, title, deeds }: Tale): Promise<void> {
  const runnerId = await registerRunner({ ask });
  let work: Work | null = null;
  let waiting: Extract<Deed, { event: unknown }>[] = [];

  const flush = async () => {
    const events = waiting.map(({ at, event }) => ({ ...event, ...timeOf(at) }));
    waiting = [];
    if (events.length === 0) return;
    const { runId, leaseToken } = found(work);
    await ask(append, { input: { runId, leaseToken, events } });
  };
  const start = async (prompt: string, at: string | undefined): Promise<Work> => {
    const { createRun } = await ask(begin, {
      input: {
        projectId: "imported",
        backendProfile: "codex",
        session: { sessionId },
        turn: { payload: { prompt } },
        claim: { runnerId },
        ...timeOf(at),
      },
    });
    return {
      runId: createRun.run.id,
      leaseToken: found(createRun.leaseToken),
      turnId: found(createRun.command).id,
    };
  };
  const finishTurn = async (deed: Deed) => {
    if (!work || work.turnId === null) return;
    const result = "end" in deed ? deed.end : ({ terminalStatus: "COMPLETED" } as const);
    const { leaseToken, turnId } = work;
    await ask(endTurn, { input: { commandId: turnId, leaseToken, result, ...timeOf(deed.at) } });
    work.turnId = null;
  };

  for (const deed of deeds) {
    if ("event" in deed) {
      waiting.push(deed);
      continue;
    }
    await flush();
    if ("turn" in deed && work) {
      await finishTurn(deed);
      const input = { runId: work.runId, type: "TURN", payload: { prompt: deed.turn } } as const;
      work.turnId = (
        await ask(command, { input: { ...input, ...timeOf(deed.at) } })
      ).createCommand.command.id;
    } else if ("turn" in deed) {
      work = await start(deed.turn, deed.at);
    } else if ("steer" in deed) {
      const input = { runId: found(work).runId, type: "STEER", payload: { text: deed.steer } } as const;
      await ask(command, { input: { ...input, ...timeOf(deed.at) } });
    } else if ("answer" in deed) {
      const { answer, at, ...rest } = deed;
      const { session } = await ask(asked, { sessionId });
      const request = found(session).inputRequests.nodes.find(({ requestId }) => requestId === answer);
      const token = work ? { leaseToken: work.leaseToken } : {};
      await ask(close, { input: { ...rest, ...token, id: found(request).id, ...timeOf(at) } });
    } else if (deed.run) {
      const { runId, leaseToken } = found(work);
      await ask(endRun, { input: { runId, leaseToken, result: deed.end, ...timeOf(deed.at) } });
      work = null;
    } else await finishTurn(deed);
  }
  await flush();
  const first = deeds.find((deed) => "turn" in deed);
  const given = title ?? (first && "turn" in first ? first.turn : "");
  await ask(entitle, { input: { session: { sessionId }, title: given } });
}

const timeOf = (at: string | undefined) => (at === undefined ? {} : { occurredAt: at });
