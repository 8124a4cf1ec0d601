import type { Untyped } from "../graphql.js";
import { type Deed, type Tale, instantOf, readLines } from "./tale.js";

const completed = { terminalStatus: "COMPLETED" } as const;
const cancelled = { terminalStatus: "CANCELLED" } as const;
const statuses: Record<string, string> = {
  in_progress: "running",
  inProgress: "running",
  declined: "denied",
};
const statusOf = (word: string) => statuses[word] ?? word;
const planWords: Record<string, string> = { inProgress: "in_progress" };
const planOf = (steps: Untyped[]) => ({
  entries: steps.map(({ step, status }) => ({ text: step, status: planWords[status] ?? status })),
});

/** A rollout file: most is said twice, for people and for the model, and taken once. Totals are told, so steps are differences. */
export async function codexRollout(path: string): Promise<Tale> {
  const deeds: Deed[] = [];
  let model: string | undefined;
  let before = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_output_tokens: 0 };
  let isWorking = false;
  for (const { timestamp: at, type, payload } of await readLines(path)) {
    const tell = (
      type: Extract<Deed, { event: unknown }>["event"]["type"],
      payload: Record<string, unknown>,
    ) => deeds.push({ at, event: { type, payload } });
    if (type === "turn_context") model = payload.model;
    else if (type === "compacted") tell("BACKEND_STATUS", { phase: "compacted", summary: payload.message });
    else if (type === "response_item") deeds.push(...itemOf(payload).map((deed) => ({ ...deed, at })));
    else if (payload.type === "user_message") {
      deeds.push(isWorking ? { at, steer: payload.message } : { at, turn: payload.message });
      isWorking = true;
    } else if (payload.type === "agent_message") tell("ASSISTANT_MESSAGE", { text: payload.message, model });
    else if (payload.type === "agent_reasoning") tell("REASONING", { text: payload.text });
    else if (payload.type === "token_count") {
      const total = payload.info.total_token_usage;
      tell("USAGE", {
        model,
        inputTokens: total.input_tokens - before.input_tokens,
        cacheReadTokens: total.cached_input_tokens - before.cached_input_tokens,
        outputTokens: total.output_tokens - before.output_tokens,
        reasoningTokens: total.reasoning_output_tokens - before.reasoning_output_tokens,
      });
      before = total;
    } else if (payload.type === "patch_apply_end") {
      for (const [path, change] of Object.entries<Untyped>(payload.changes))
        tell("DIFF", { toolCallId: payload.call_id, path, diff: change.unified_diff });
    } else if (payload.type === "thread_rolled_back")
      tell("BACKEND_STATUS", { phase: "rewound", turns: payload.num_turns });
    else if (payload.type === "task_complete" || payload.type === "turn_aborted") {
      isWorking = false;
      deeds.push({ at, end: payload.type === "task_complete" ? completed : cancelled });
    }
  }
  deeds.push({
    ...(deeds.at(-1)?.at === undefined ? {} : { at: deeds.at(-1)?.at as string }),
    end: completed,
    run: true,
  });
  return { sessionId: "codex-rollout", deeds };
}

/** What of a rollout only the model's own copy says: calls and their results. */
function itemOf(item: Untyped): Deed[] {
  const { call_id: toolCallId, name } = item;
  if (item.type === "function_call" && name === "update_plan")
    return [{ event: { type: "PLAN", payload: { toolCallId, ...planOf(JSON.parse(item.arguments).plan) } } }];
  if (item.type === "function_call" || item.type === "custom_tool_call") {
    const input = item.arguments === undefined ? item.input : JSON.parse(item.arguments);
    return [{ event: { type: "TOOL_CALL", payload: { toolCallId, name, input, status: "running" } } }];
  }
  if (!item.type.endsWith("_output")) return [];
  const { output } = item;
  const exit = /exited with code (\d+)/.exec(output)?.[1];
  const status = output.startsWith("aborted by user")
    ? "cancelled"
    : output.startsWith("err: ") || (exit !== undefined && exit !== "0")
      ? "failed"
      : "completed";
  return [{ event: { type: "TOOL_CALL", payload: { toolCallId, name: "result", output, status } } }];
}

/** `codex exec --json`: no times, and no text of what changed. */
export async function codexExec(): Promise<Tale> {
  const deeds: Deed[] = [];
  let title = {};
  for (const { type, item, usage } of await readLines("codex-exec-json/events.jsonl")) {
    // The prompt is not told; what is to be done is.
    if (item?.type === "todo_list") title = { title: item.items.map(({ text }: Untyped) => text).join(", ") };
    if (type === "turn.started") deeds.push({ turn: "(not told)" });
    else if (item) deeds.push(...execItem(item));
    else if (type === "turn.completed")
      deeds.push(
        {
          event: {
            type: "USAGE",
            payload: {
              inputTokens: usage.input_tokens,
              cacheReadTokens: usage.cached_input_tokens,
              outputTokens: usage.output_tokens,
            },
          },
        },
        { end: completed, run: true },
      );
  }
  return { sessionId: "codex-exec-json", ...title, deeds };
}

function execItem(item: Untyped): Deed[] {
  const { id: toolCallId, type, status = "completed" } = item;
  const call = (name: string, more: Record<string, unknown>): Deed[] => [
    { event: { type: "TOOL_CALL", payload: { toolCallId, name, status: statusOf(status), ...more } } },
  ];
  switch (type) {
    case "reasoning":
      return [{ event: { type: "REASONING", payload: { text: item.text } } }];
    case "agent_message":
      return [{ event: { type: "ASSISTANT_MESSAGE", payload: { text: item.text, messageId: item.id } } }];
    case "todo_list": {
      const entries = item.items.map(({ text, completed }: Untyped) => ({
        text,
        status: completed ? "completed" : "pending",
      }));
      return [{ event: { type: "PLAN", payload: { entries } } }];
    }
    case "command_execution":
      return call("command_execution", { input: { command: item.command }, output: item.aggregated_output });
    case "mcp_tool_call":
      return call(`${item.server}.${item.tool}`, {
        input: item.arguments,
        output: item.error ?? item.result,
      });
    case "error":
      return [{ event: { type: "ERROR", payload: { message: item.message, willRetry: true } } }];
    case "file_change":
      return call(type, { input: item.changes });
    default:
      return call(type, { input: item.query });
  }
}

/** `codex app-server`, as both sides said it. */
export async function codexAppServer(): Promise<Tale> {
  const deeds: Deed[] = [];
  const start = Date.UTC(2026, 8, 16, 9);
  let total = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 };
  for (const { dir, ms, msg } of await readLines("codex-app-server/wire.ndjson")) {
    const at = instantOf(start + ms);
    const { method, params } = msg;
    if (method === "turn/start") deeds.push({ at, turn: params.input[0].text });
    else if (method === "turn/steer") deeds.push({ at, steer: params.input[0].text });
    else if (method === "turn/plan/updated")
      deeds.push({ at, event: { type: "PLAN", payload: planOf(params.plan) } });
    else if (method === "item/started" || method === "item/completed")
      deeds.push(...serverItem(params.item).map((deed) => ({ ...deed, at })));
    else if (method?.endsWith("/requestApproval")) {
      const { itemId: toolCallId, reason: prompt, command: action } = params;
      const payload = { kind: "approval", prompt, requestId: String(msg.id), toolCallId, action };
      deeds.push({ at, event: { type: "INPUT_REQUEST", payload } });
    } else if (dir === ">" && msg.result?.decision) {
      const decision = msg.result.decision.startsWith("accept") ? "APPROVED" : "DENIED";
      deeds.push({ at, answer: String(msg.id), decision });
    } else if (method === "thread/tokenUsage/updated") {
      const now = params.tokenUsage.total;
      const payload = {
        inputTokens: now.inputTokens - total.inputTokens,
        cacheReadTokens: now.cachedInputTokens - total.cachedInputTokens,
        outputTokens: now.outputTokens - total.outputTokens,
        reasoningTokens: now.reasoningOutputTokens - total.reasoningOutputTokens,
      };
      deeds.push({ at, event: { type: "USAGE", payload } });
      total = now;
    } else if (method === "turn/completed") deeds.push({ at, end: completed, run: true });
  }
  return { sessionId: "codex-app-server", deeds };
}

function serverItem(item: Untyped): Deed[] {
  const { id: toolCallId, type, status = "completed" } = item;
  if (type === "agentMessage")
    return item.text === ""
      ? []
      : [{ event: { type: "ASSISTANT_MESSAGE", payload: { text: item.text, messageId: item.id } } }];
  if (type === "userMessage")
    return [{ event: { type: "USER_MESSAGE", payload: { text: item.content[0].text, messageId: item.id } } }];
  const payload = { toolCallId, name: type, status: statusOf(status), input: item.command ?? null };
  const call: Deed = { event: { type: "TOOL_CALL", payload } };
  if (type !== "fileChange" || status !== "completed") return [call];
  const diffs = item.changes.map(({ path, diff }: Untyped): Deed => ({
    event: { type: "DIFF", payload: { toolCallId, path, diff } },
  }));
  return [...diffs, call];
}
