import type { InputRequest } from "../../client/client.js";

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
  { kind }: Pick<InputRequest, "kind">,
  { choiceIds, decision, value }: Taken,
): AnswerGiven {
  return {
    decision: decision ?? (kind === "QUESTION" ? "ANSWERED" : "APPROVED"),
    ...(choiceIds.length > 0 ? { choiceIds: [...choiceIds] } : {}),
    ...(value === undefined ? {} : { value }),
  };
}

const yes = new Set(["yes", "allow", "approve", "accept"]);
const no = new Set(["no", "deny", "decline", "reject", "refuse"]);

/**
 * Whether a choice means yes or no: as the agent says, else by a label that is nothing but one of these words; undefined if neither tells.
 * "No-cache rebuild" refuses nothing.
 */
export function meaningOf({ kind, choice }: Meant): AnswerGiven["decision"] | undefined {
  const { decision, label } = choice;
  if (decision) return decision;
  if (kind === "QUESTION") return "ANSWERED";
  const word = label.trim().toLowerCase();
  return yes.has(word) ? "APPROVED" : no.has(word) ? "DENIED" : undefined;
}

interface Meant {
  kind: InputRequest["kind"];
  choice: Pick<InputRequest["choices"][number], "decision" | "label">;
}

/** Whether an address that an agent gave may be a link. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
