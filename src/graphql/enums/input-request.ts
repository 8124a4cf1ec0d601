import { inputDecisions, inputRequestKinds, inputRequestStates } from "../../domain/input-request.js";
import { enumOf } from "./enum-of.js";

export const InputRequestKind = enumOf(
  "InputRequestKind",
  "What an agent asks a person for.",
  inputRequestKinds,
  {
    QUESTION: "The agent asks for an answer.",
    APPROVAL: "The agent asks for permission to go on.",
    AUTHENTICATION: "The agent asks that a person signs in, or otherwise acts, somewhere else: see url.",
  },
);

export const InputRequestState = enumOf(
  "InputRequestState",
  "How an input request stands. It is OPEN, then one of the others, which it stays.",
  inputRequestStates,
  {
    OPEN: "It waits for a person.",
    ANSWERED: "A person answered it, here or elsewhere.",
    EXPIRED: "No answer came in time.",
    WITHDRAWN: "No answer is needed any more: its turn, run or session has ended, or the agent said so.",
  },
);

export const InputDecision = enumOf("InputDecision", "What a person decided.", inputDecisions, {
  APPROVED: "Yes, for an approval or an authentication.",
  DENIED: "No. A question that is DENIED was declined.",
  ANSWERED: "The answer to a question.",
});
