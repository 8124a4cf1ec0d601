import { builder } from "./builder.js";
import { FailureKind, TerminalStatus } from "./enums.js";

export const TurnResultInput = builder.inputType("TurnResultInput", {
  description: "How a turn or a run ended, as its backend says.",
  fields: (t) => ({
    terminalStatus: t.field({ type: TerminalStatus, required: true, description: "How it ended." }),
    failureKind: t.field({ type: FailureKind, description: "Why it did not end well; not with COMPLETED." }),
    failureMessage: t.string({ description: "The same in words; not with COMPLETED." }),
    threadId: t.string({
      description: "The backend's own name for the conversation; stored with the session.",
    }),
    turnId: t.string({
      description:
        "The backend's own name for the turn; with a threadId kept as metadata.lastTurnId of the session.",
    }),
  }),
});
