import type { Untyped } from "../graphql.js";
import { type Deed, type Tale, diffOf, instantOf, readLines } from "./tale.js";

const completed = { terminalStatus: "COMPLETED" } as const;

/** The Agent Client Protocol, as both sides said it. Chunks of a message become one; a context's fill is no usage. */
export async function acp(): Promise<Tale> {
  const deeds: Deed[] = [];
  const start = Date.UTC(2026, 8, 16, 12);
  const calls = new Map<string, Untyped>();
  let title = {};
  for (const { dir, ms, msg } of await readLines("acp/wire.ndjson")) {
    const at = instantOf(start + ms);
    if (msg.params?.update?.sessionUpdate === "session_info_update")
      title = { title: msg.params.update.title };
    if (msg.method === "session/prompt") deeds.push({ at, turn: msg.params.prompt[0].text });
    else if (msg.method === "session/request_permission") {
      const { toolCallId } = msg.params.toolCall;
      const payload = {
        kind: "approval",
        prompt: calls.get(toolCallId).title,
        requestId: String(msg.id),
        toolCallId,
        choices: msg.params.options.map(({ optionId: id, name: label, kind }: Untyped) => ({
          id,
          label,
          decision: kind.startsWith("allow") ? "approved" : "denied",
        })),
      };
      deeds.push({ at, event: { type: "INPUT_REQUEST", payload } });
    } else if (dir === ">" && msg.result?.outcome) {
      const { optionId } = msg.result.outcome;
      const decision = optionId === "no" ? "DENIED" : "APPROVED";
      deeds.push({ at, answer: String(msg.id), decision, choiceIds: [optionId] });
    } else if (msg.result?.stopReason) deeds.push({ at, end: completed, run: true });
    else if (msg.method === "session/update") tellUpdate(deeds, at, msg.params.update, calls);
  }
  return { sessionId: "acp", ...title, deeds };
}

const chunks: Record<string, "REASONING" | "ASSISTANT_MESSAGE"> = {
  agent_thought_chunk: "REASONING",
  agent_message_chunk: "ASSISTANT_MESSAGE",
};
const acpStatuses: Record<string, string> = { pending: "running", in_progress: "running" };

function tellUpdate(deeds: Deed[], at: string, update: Untyped, calls: Map<string, Untyped>): void {
  const tell = (event: Extract<Deed, { event: unknown }>["event"]) => deeds.push({ at, event });
  const type = chunks[update.sessionUpdate];
  if (type) {
    const last = deeds.at(-1);
    const isSame = last && "event" in last && last.event.payload["messageId"] === update.messageId;
    const text = (isSame ? String(last.event.payload["text"]) : "") + update.content.text;
    if (isSame) deeds.pop();
    tell({ type, payload: { text, messageId: update.messageId } });
  } else if (update.sessionUpdate === "plan") {
    const entries = update.entries.map(({ content: text, ...rest }: Untyped) => ({ text, ...rest }));
    tell({ type: "PLAN", payload: { entries } });
  } else if (update.sessionUpdate.startsWith("tool_call")) {
    const call = { ...calls.get(update.toolCallId), ...update };
    calls.set(update.toolCallId, call);
    const { toolCallId, title, kind, status, rawInput, rawOutput } = call;
    const payload = { toolCallId, name: kind, title, input: rawInput, output: rawOutput };
    tell({ type: "TOOL_CALL", payload: { ...payload, status: acpStatuses[status] ?? status } });
    if (status !== "completed") return;
    for (const part of call.content ?? [])
      if (part.type === "diff")
        tell({
          type: "DIFF",
          payload: { toolCallId, path: part.path, diff: diffOf(part.oldText, part.newText) },
        });
  } else if (update.sessionUpdate === "usage_update" && update.cost)
    tell({ type: "USAGE", payload: { costUsd: update.cost.amount, requests: 0 } });
  else if (update.sessionUpdate === "current_mode_update")
    tell({ type: "BACKEND_STATUS", payload: { phase: "mode-changed", mode: update.currentModeId } });
}

/** The events of two AG-UI runs: the first ends with an interrupt, which the second brings the answer to. */
export async function agUi(): Promise<Tale> {
  const deeds: Deed[] = [];
  const texts = new Map<string, string>();
  for (const event of [
    ...(await readLines("ag-ui/run-1.ndjson")),
    ...(await readLines("ag-ui/run-2.ndjson")),
  ])
    deeds.push(...agUiDeeds(event, texts).map((deed) => ({ ...deed, at: instantOf(event.timestamp) })));
  return { sessionId: "ag-ui", deeds };
}

function agUiDeeds(event: Untyped, texts: Map<string, string>): Deed[] {
  const { type, messageId, toolCallId, delta } = event;
  const said = (type: "ASSISTANT_MESSAGE" | "REASONING", text: string): Deed[] => [
    { event: { type, payload: { text, messageId } } },
  ];
  const key = toolCallId ?? messageId;
  if (/_(CONTENT|ARGS)$/.test(type)) texts.set(key, (texts.get(key) ?? "") + delta);
  if (type === "TOOL_CALL_START" || type === "TOOL_CALL_CHUNK")
    texts.set(`name of ${key}`, event.toolCallName);
  switch (type) {
    case "RUN_STARTED": {
      const [answer] = event.input.resume ?? [];
      const prompt = event.input.messages[0]?.content ?? "(goes on)";
      if (!answer) return [{ turn: prompt }];
      return [{ answer: answer.interruptId, decision: "APPROVED", value: answer.payload }, { turn: prompt }];
    }
    case "REASONING_MESSAGE_END":
      return said("REASONING", texts.get(messageId) ?? "");
    case "TEXT_MESSAGE_END":
      return said("ASSISTANT_MESSAGE", texts.get(messageId) ?? "");
    case "TEXT_MESSAGE_CHUNK":
      return said("ASSISTANT_MESSAGE", delta);
    case "TOOL_CALL_END":
    case "TOOL_CALL_CHUNK": {
      const input = JSON.parse(delta ?? texts.get(key));
      const payload = { toolCallId, name: texts.get(`name of ${key}`), input, status: "running" };
      return [{ event: { type: "TOOL_CALL", payload } }];
    }
    case "TOOL_CALL_RESULT":
      return [
        {
          event: {
            type: "TOOL_CALL",
            payload: { toolCallId, name: texts.get(`name of ${key}`), output: event.content },
          },
        },
      ];
    case "ACTIVITY_SNAPSHOT": {
      const entries = event.content.steps.map(({ text, done }: Untyped) => ({
        text,
        status: done ? "completed" : "pending",
      }));
      return [{ event: { type: "PLAN", payload: { entries } } }];
    }
    case "RUN_FINISHED":
      return endOfRun(event);
    default:
      return [];
  }
}

function endOfRun({ usage = [], outcome }: Untyped): Deed[] {
  const used: Deed[] = usage.map(
    ({ model, inputTokens, outputTokens, cachedInputTokens: cacheReadTokens }: Untyped): Deed => ({
      event: { type: "USAGE", payload: { model, inputTokens, outputTokens, cacheReadTokens } },
    }),
  );
  if (outcome.type === "success") return [...used, { end: completed, run: true }];
  const asked: Deed[] = outcome.interrupts.map(
    ({ id, reason, message, toolCallId, responseSchema, expiresAt }: Untyped): Deed => ({
      event: {
        type: "INPUT_REQUEST",
        payload: {
          kind: reason,
          prompt: message,
          requestId: id,
          toolCallId,
          answerSchema: responseSchema,
          expiresAt,
        },
      },
    }),
  );
  return [...used, ...asked, { end: { terminalStatus: "BLOCKED" }, run: true }];
}

/** An A2A task: it asks by its state, and a message of the user answers. */
export async function a2a(): Promise<Tale> {
  const deeds: Deed[] = [];
  let asked: string | null = null;
  let at = "";
  for (const { result } of await readLines("a2a/stream.ndjson")) {
    const { task, statusUpdate, artifactUpdate } = result;
    at = (task ?? statusUpdate)?.status.timestamp ?? at;
    if (task) {
      const text = task.history[0].parts[0].text;
      deeds.push(
        asked === null ? { at, turn: text } : { at, answer: asked, decision: "ANSWERED", comment: text },
      );
    } else if (artifactUpdate) {
      const text = artifactUpdate.artifact.parts.map(({ text = "" }) => text).join("");
      const messageId = artifactUpdate.artifact.artifactId;
      deeds.push({ at, event: { type: "ASSISTANT_MESSAGE", payload: { text, messageId } } });
    } else {
      const { state, message } = statusUpdate.status;
      const messageId = message?.messageId;
      const text = message?.parts[0].text;
      if (state === "TASK_STATE_COMPLETED") deeds.push({ at, end: completed, run: true });
      else if (state === "TASK_STATE_INPUT_REQUIRED") {
        asked = messageId;
        deeds.push({ at, event: { type: "INPUT_REQUEST", payload: { prompt: text, requestId: messageId } } });
      } else deeds.push({ at, event: { type: "ASSISTANT_MESSAGE", payload: { text, messageId } } });
    }
  }
  return { sessionId: "a2a", deeds };
}
