import { defaultReason } from "../domain/command.js";
import type { Outcome } from "../domain/run.js";
import { takeTextCounted } from "./intake.js";

/** Why something is cancelled, as it is stored, and how many secrets were taken out of it. */
export interface Reason {
  text: string;
  redactions: number;
}

/** Takes the reason that a caller gives for a cancel; null and undefined are the default one. */
export function takeReason(sent: string | null | undefined): Reason {
  const { text, count } = takeTextCounted(sent ?? null, "input.reason");
  return { text: text ?? defaultReason, redactions: count };
}

/** How something ends that is cancelled. */
export function cancelledFor({ text, redactions }: Reason): Outcome {
  return { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: text, redactions };
}
