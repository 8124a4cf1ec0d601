import { commandStates, commandTypes } from "../../domain/command.js";
import { enumOf } from "./enum-of.js";

export const CommandType = enumOf("CommandType", "What a command asks of a run.", commandTypes, {
  TURN: "Asks the agent to work on a prompt.",
  STEER: "Asks the agent to take something into account in the work that is under way.",
  INTERRUPT:
    "Asks the runner to stop what it is doing. It is a message to the runner alone: it does not make the session RUNNING and answers no input request.",
  ANSWER:
    "A person's answer to an input request, or word that none came in time. It is a message to the runner alone, which completes it by acknowledging it. The service alone creates it.",
});

export const CommandState = enumOf(
  "CommandState",
  "How far a command has come. It is PENDING, then ACKNOWLEDGED, then one of the others. A pending command may end without being acknowledged.",
  commandStates,
  {
    PENDING: "No runner has taken the command yet.",
    ACKNOWLEDGED: "The runner has taken the command.",
    COMPLETED: "The command ended well.",
    FAILED: "The command ended by a failure, or because it was blocked.",
    CANCELLED: "The command ended because it or its run was cancelled.",
  },
);
