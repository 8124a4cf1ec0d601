import { type RunEventType, failureKindOf } from "../../domain/event.js";
import { fromKebab } from "../../domain/failure.js";
import { isId } from "../../domain/ids.js";
import { terminalStatuses } from "../../domain/run.js";
import { flagIn } from "../../store/event.js";
import { readsValue } from "../compiled/reads.js";
import { Command } from "../command.js";
import { FailureKind } from "../enums/failure.js";
import { TerminalStatus } from "../enums/run.js";
import { loadCommand } from "../reading/loads.js";
import { type Fields, optionalTextOf, text, textOf } from "./payload-field.js";

/** The fields of how a run fares and ends. */
export const statusFields = {
  ERROR: (t) => ({
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "What kind of failure it is; null if that is not known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: text(t, "message", "What went wrong, in words."),
    willRetry: t.boolean({
      description: "True if the backend tries again by itself.",
      resolve: ({ payload }) => payload["willRetry"] === true,
      extensions: readsValue(flagIn("willRetry")),
    }),
  }),
  TERMINAL_STATUS: (t) => ({
    terminalStatus: t.field({
      type: TerminalStatus,
      description: "How the run ended.",
      resolve: ({ payload }) => fromKebab(textOf(payload["terminalStatus"]), terminalStatuses) ?? "FAILED",
    }),
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "Why the run did not end well; null if it did, or if the reason is not known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: text(t, "message", "Why the run did not end well, in words; an empty text if nothing was said."),
  }),
  BACKEND_STATUS: (t) => ({
    phase: text(
      t,
      "phase",
      "The phase: one of the service's own, such as run-created, run-claimed, command-created or command-terminal, or any that the backend reports. The payload holds its facts.",
    ),
    command: t.field({
      type: Command,
      nullable: true,
      description:
        "The command that the phase is about, such as the turn of command-created; null if it is about none.",
      resolve: ({ payload }, _args, context) => {
        const id = optionalTextOf(payload["commandId"]);
        return id !== null && isId("command", id) ? loadCommand(context, id) : null;
      },
    }),
  }),
} satisfies Partial<Record<RunEventType, Fields>>;
