import { maxMessageLength } from "../domain/text.js";
import { builder } from "./builder.js";
import { FailureKind } from "./enums/failure.js";
import { TerminalStatus } from "./enums/run.js";

export const TurnResultInput = builder.inputType("TurnResultInput", {
  description: "How a run or a command ended, as its backend reports it.",
  fields: (t) => ({
    terminalStatus: t.field({ type: TerminalStatus, required: true, description: "How it ended." }),
    failureKind: t.field({
      type: FailureKind,
      description:
        "Why it did not end well; BAD_USER_INPUT if terminalStatus is COMPLETED. Default: not known.",
    }),
    failureMessage: t.string({
      description: `Why it did not end well, in words, at most ${maxMessageLength} characters; BAD_USER_INPUT if terminalStatus is COMPLETED. Secrets are redacted. Default: none.`,
    }),
    threadId: t.string({
      description:
        "The backend's own name for the conversation, 1 to 200 characters. It is stored as threadId of the session. Default: the session keeps the one that it has.",
    }),
    turnId: t.string({
      description:
        "The backend's own name for the turn, 1 to 200 characters. If threadId is given too, it is stored as lastTurnId in the session's metadata. Default: none.",
    }),
  }),
});
