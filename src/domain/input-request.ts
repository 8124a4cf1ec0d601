import { badUserInput } from "./errors.js";
import type { Instant } from "./instant.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/** What an agent can ask of a person: an answer, leave to do something, or to sign in or act somewhere else. */
export const inputRequestKinds = ["QUESTION", "APPROVAL", "AUTHENTICATION"] as const;

/** One of {@link inputRequestKinds}. */
export type InputRequestKind = (typeof inputRequestKinds)[number];

/** OPEN -> ANSWERED | EXPIRED | WITHDRAWN. A closed request never changes again. */
export const inputRequestStates = ["OPEN", "ANSWERED", "EXPIRED", "WITHDRAWN"] as const;

/** One of {@link inputRequestStates}. */
export type InputRequestState = (typeof inputRequestStates)[number];

/** What was decided. A question is ANSWERED or DENIED, anything else is APPROVED or DENIED. */
export const inputDecisions = ["APPROVED", "DENIED", "ANSWERED"] as const;

/** One of {@link inputDecisions}. */
export type InputDecision = (typeof inputDecisions)[number];

/** One of the answers that an agent offers. */
export interface InputChoice {
  id: string;
  label: string;
  description: string | null;
  /** Whether it means yes or no, if the agent says so. */
  decision: InputDecision | null;
}

/** The most open requests of a run. */
export const maxOpenRequests = 100;

/** What an answer says, beside who gives it. */
export interface Answer {
  decision: InputDecision;
  choiceIds: readonly string[];
  value: JsonValue;
  comment: string | null;
}

/** What an answer is judged by. */
export interface Asked {
  kind: InputRequestKind;
  choices: readonly InputChoice[];
  multiple: boolean;
  answerSchema: JsonValue;
}

/**
 * Throws BAD_USER_INPUT if the answer is not one to what was asked: its decision has to be one of the kind's, its choices
 * known ones that do not mean the opposite, and several only where several may be taken. Its value is judged elsewhere.
 */
export function assertAnswers(asked: Asked, answer: Answer): void {
  const { decision, choiceIds, value, comment } = answer;
  const allowed: readonly InputDecision[] =
    asked.kind === "QUESTION" ? ["ANSWERED", "DENIED"] : ["APPROVED", "DENIED"];
  if (!allowed.includes(decision)) {
    throw badUserInput(
      "input.decision",
      `must be ${allowed.join(" or ")} for a request of kind ${asked.kind}`,
    );
  }
  const known = new Map(asked.choices.map((choice) => [choice.id, choice]));
  if (choiceIds.length > 1 && !asked.multiple)
    throw badUserInput("input.choiceIds", "must hold one choice at most: the request takes no more");
  if (new Set(choiceIds).size < choiceIds.length)
    throw badUserInput("input.choiceIds", "must not hold a choice twice");
  for (const [index, id] of choiceIds.entries()) {
    const choice = known.get(id);
    if (!choice)
      throw badUserInput(`input.choiceIds.${index}`, "must be the id of one of the request's choices");
    if (choice.decision !== null && choice.decision !== decision) {
      throw badUserInput(`input.choiceIds.${index}`, `must not be a choice that means ${choice.decision}`);
    }
  }
  if (decision === "ANSWERED" && choiceIds.length === 0 && value === null && !comment)
    throw badUserInput("input", "must hold choiceIds, value or comment for the decision ANSWERED");
}

/** A session's open requests, as far as they say why it asks for attention. */
export interface Asking {
  /** When the oldest open approval or authentication was asked for; null for none. */
  approvalSince: Instant | null;
  /** When the oldest open question was asked; null for none. */
  questionSince: Instant | null;
  /** How many are open. */
  openRequests: number;
}

/** What tells the runner of an answer, or that none came in time. */
export function answerPayload(
  request: { id: string; requestId: string | null; toolCallId: string | null; kind: InputRequestKind },
  answer: (Answer & { answeredBy: string | null }) | "EXPIRED",
): JsonObject {
  const { id, requestId, toolCallId, kind } = request;
  const place = { inputRequestId: id, requestId, toolCallId, kind: kind.toLowerCase() };
  if (answer === "EXPIRED") return { ...place, expired: true };
  const { decision, choiceIds, value, comment, answeredBy } = answer;
  return {
    ...place,
    decision: decision.toLowerCase(),
    choiceIds: [...choiceIds],
    value,
    comment,
    answeredBy,
  };
}
