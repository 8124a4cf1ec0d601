import { found } from "./found.js";
import { graphql } from "./graphql.js";
import type { Asks } from "./start-service.js";
import { appendEvents } from "./work.js";

/** Asks people something, as an agent does, and gives the request's id. */
export async function openRequest(
  asks: Asks,
  runId: string,
  payload: Record<string, unknown> = {},
  leaseToken?: string,
): Promise<string> {
  const events = [{ type: "INPUT_REQUEST" as const, payload: { prompt: "Deploy?", ...payload } }];
  const seq = await appendEvents(asks, { runId, events, ...(leaseToken ? { leaseToken } : {}) });
  const document = graphql(`
    query RequestOfEvent($runId: ID!) {
      run(id: $runId) { events(last: 500) { nodes { seq ... on InputRequestEvent { inputRequest { id } } } } }
    }
  `);
  const { run } = await asks.ask(document, { runId });
  const event = found(run).events.nodes.find((node) => node.seq === seq);
  return found(event && "inputRequest" in event ? event.inputRequest : undefined).id;
}

const requestDocument = graphql(`
  query ReadRequest($id: ID!) {
    inputRequest(id: $id) {
      id state kind prompt requestId toolCallId action choices { id label description decision } multiple answerSchema url
      requestedAt expiresAt closedAt run { id } session { sessionId } turn { id } event { id }
      answer { decision choiceIds value comment answeredBy answeredAt command { id type payload run { id } } }
    }
  }
`);

/** A request as it stands. */
export async function readRequest({ ask }: Asks, id: string) {
  return found((await ask(requestDocument, { id })).inputRequest);
}

export const answerDocument = graphql(`
  mutation Answer($input: AnswerInputRequestInput!) {
    answerInputRequest(input: $input) {
      inputRequest { id state answer { decision answeredBy command { id type state payload } } }
      session { sessionId } run { id status resumes { id } } replayed
    }
  }
`);

export const closeDocument = graphql(`
  mutation Close($input: CloseInputRequestInput!) {
    closeInputRequest(input: $input) { inputRequest { id state answer { decision answeredBy command { id } } } }
  }
`);
