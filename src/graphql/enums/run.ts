import { runStatuses, terminalStatuses } from "../../domain/run.js";
import { enumOf } from "./enum-of.js";

export const RunStatus = enumOf(
  "RunStatus",
  "How far a run has come. It is PENDING, then CLAIMED, then one of the others. A run whose lease ran out is PENDING again, and a pending run may end without a claim.",
  runStatuses,
  {
    PENDING: "The run waits for a runner.",
    CLAIMED: "A runner holds the run and works on it.",
    COMPLETED: "The run ended well.",
    FAILED: "The run ended by a failure.",
    BLOCKED: "The run ended because it could not go on without help.",
    CANCELLED: "The run ended because somebody cancelled it.",
  },
);

export const TerminalStatus = enumOf(
  "TerminalStatus",
  "How a run, a turn or another command ended.",
  terminalStatuses,
  {
    COMPLETED: "It ended well.",
    FAILED: "It ended by a failure.",
    BLOCKED: "It ended because it could not go on without help.",
    CANCELLED: "It ended because somebody cancelled it.",
  },
);
