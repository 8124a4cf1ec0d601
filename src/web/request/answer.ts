import type { OpenRequest } from "../../client/client.js";

/** What a person decided, as `answerInputRequest` takes it. */
export interface AnswerGiven {
  decision: "ANSWERED" | "APPROVED" | "DENIED";
  choiceIds?: string[];
  value?: unknown;
}

interface Taken {
  choiceIds: readonly string[];
  /** What the choice says of itself. Default: yes. */
  decision?: AnswerGiven["decision"] | null;
  value?: unknown;
}

/** Makes the answer of what was chosen and filled in. */
export function answerOf(
  { kind }: Pick<OpenRequest, "kind">,
  { choiceIds, decision, value }: Taken,
): AnswerGiven {
  return {
    decision: decision ?? (kind === "QUESTION" ? "ANSWERED" : "APPROVED"),
    ...(choiceIds.length > 0 ? { choiceIds: [...choiceIds] } : {}),
    ...(value === undefined ? {} : { value }),
  };
}

/** Whether an address that an agent gave may be a link. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
