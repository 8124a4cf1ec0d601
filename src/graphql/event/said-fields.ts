import type { RunEventType } from "../../domain/event.js";
import { fromKebab } from "../../domain/failure.js";
import { inputRequestKinds } from "../../domain/input-request.js";
import { choicesOf } from "../../domain/input-request-payload.js";
import { Command } from "../command.js";
import { InputRequestKind } from "../enums/input-request.js";
import { InputChoice, InputRequest } from "../input-request/request.js";
import { loadCommand, loadRequestOfEvent } from "../reading/loads.js";
import { type Fields, optionalText, text, textOf } from "./payload-field.js";

const messageId = "The backend's own id for the message; null if it gave none.";

/** The fields of what is said, thought and asked. */
export const saidFields = {
  ASSISTANT_MESSAGE: (t) => ({
    text: text(t, "text", "What the agent said."),
    messageId: optionalText(t, "messageId", messageId),
    model: optionalText(t, "model", "The model that said it; null if none was named."),
  }),
  USER_MESSAGE: (t) => ({
    text: text(t, "text", "What the person said."),
    messageId: optionalText(t, "messageId", messageId),
  }),
  REASONING: (t) => ({
    text: text(t, "text", "What the agent thinks."),
    messageId: optionalText(t, "messageId", messageId),
  }),
  INPUT_REQUEST: (t) => ({
    kind: t.field({
      type: InputRequestKind,
      description: "Whether the agent asks for an answer, for an approval, or that a person acts elsewhere.",
      resolve: ({ payload }) => fromKebab(textOf(payload["kind"]), inputRequestKinds) ?? "QUESTION",
    }),
    prompt: text(t, "prompt", "What the agent asks, in words."),
    options: t.stringList({
      description: "The labels of the choices. The list is empty if any answer will do.",
      resolve: ({ payload }) => choicesOf(payload).map(({ label }) => label),
    }),
    answeredBy: t.field({
      type: Command,
      nullable: true,
      description:
        "What tells the runner of the answer: an ANSWER, or a turn or steer. Null while the request is open, and if nothing tells it.",
      resolve: async (event, _args, context) => {
        const request = await loadRequestOfEvent(context, event);
        return request?.state === "ANSWERED" ? loadCommand(context, request.commandId) : null;
      },
    }),
    inputRequest: t.field({
      type: InputRequest,
      nullable: true,
      description:
        "The input request that the event opened, or went on with. Null for an event from before there were any.",
      resolve: (event, _args, context) => loadRequestOfEvent(context, event),
    }),
    choices: t.field({
      type: [InputChoice],
      description: "The answers that the agent offers. The list is empty if any answer will do.",
      resolve: ({ payload }) => choicesOf(payload),
    }),
    requestId: optionalText(t, "requestId", "The agent's own id for what it asks; null if it gave none."),
    toolCallId: optionalText(
      t,
      "toolCallId",
      "The backend's own id for the tool call that it asks about; null if it gave none.",
    ),
  }),
} satisfies Partial<Record<RunEventType, Fields>>;
