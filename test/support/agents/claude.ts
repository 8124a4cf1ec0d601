import type { Untyped } from "../graphql.js";
import { type Deed, type Tale, readLines } from "./tale.js";

const completed = { terminalStatus: "COMPLETED" } as const;

/** Claude Code's session files: one line a content block, so that usage is counted once a message. */
export async function claudeCode(path: string): Promise<Tale> {
  const lines = await readLines(path);
  const deeds: Deed[] = [];
  const lastOfMessage = new Map<string, Untyped>();
  for (const line of lines) if (line.type === "assistant") lastOfMessage.set(line.message.id, line);
  for (const line of lines) {
    const at = line.timestamp;
    if (line.type === "assistant") {
      deeds.push(...blocksOf(line.message).map((deed) => ({ ...deed, at })));
      if (lastOfMessage.get(line.message.id) === line)
        deeds.push({ at, event: { type: "USAGE", payload: usageOf(line.message) } });
    } else if (line.type === "user") deeds.push(...saidByUser(line).map((deed) => ({ ...deed, at })));
    else if (line.subtype === "api_error") {
      const { message } = line.error.error.error;
      deeds.push({ at, event: { type: "ERROR", payload: { message, willRetry: true } } });
    } else if (line.subtype === "compact_boundary")
      deeds.push({
        at,
        event: { type: "BACKEND_STATUS", payload: { phase: "compacted", ...line.compactMetadata } },
      });
  }
  const at = lines.findLast(({ timestamp }) => timestamp !== undefined).timestamp;
  deeds.push({ at, end: completed, run: true });
  const named = lines.findLast(({ type }) => type === "summary");
  return { sessionId: path, deeds, ...(named ? { title: named.summary } : {}) };
}

function usageOf({ model, usage }: Untyped) {
  return {
    model,
    inputTokens: usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens,
    cacheWriteTokens: usage.cache_creation_input_tokens,
    outputTokens: usage.output_tokens,
  };
}

/** What one block of an answer says: the blocks are alike on disk and live. */
function blocksOf({ id: messageId, model, content }: Untyped): Deed[] {
  return content.map((block: Untyped): Deed => {
    if (block.type === "thinking")
      return { event: { type: "REASONING", payload: { text: block.thinking, messageId } } };
    if (block.type === "text")
      return { event: { type: "ASSISTANT_MESSAGE", payload: { text: block.text, messageId, model } } };
    const { id: toolCallId, name, input } = block;
    if (name === "TodoWrite") {
      const entries = input.todos.map(({ content: text, status }: Untyped) => ({ text, status }));
      return { event: { type: "PLAN", payload: { entries, toolCallId } } };
    }
    if (name === "AskUserQuestion") {
      const [{ question, options, multiSelect }] = input.questions;
      const choices = options.map(({ label, description }: Untyped) => ({ id: label, label, description }));
      const payload = { prompt: question, requestId: toolCallId, toolCallId, choices, multiple: multiSelect };
      return { event: { type: "INPUT_REQUEST", payload } };
    }
    const title = input.description ?? input.file_path ?? null;
    return { event: { type: "TOOL_CALL", payload: { toolCallId, name, title, input, status: "running" } } };
  });
}

function saidByUser(line: Untyped): Deed[] {
  const { content } = line.message;
  if (line.isCompactSummary || line.isMeta) return [];
  if (typeof content === "string") return [{ turn: content }];
  const result = content.find(({ type }: Untyped) => type === "tool_result");
  if (result) return resultOf(result, line.toolUseResult);
  const text = content.flatMap((block: Untyped) => (block.type === "text" ? [block.text] : [])).join("\n");
  if (text.startsWith("[Request interrupted")) return [{ end: { terminalStatus: "CANCELLED" } }];
  return [{ turn: text }];
}

function resultOf({ tool_use_id: toolCallId, content, is_error: isError }: Untyped, typed: Untyped): Deed[] {
  if (typed?.answers) {
    const choiceIds = Object.values<string>(typed.answers);
    return [{ answer: toolCallId, decision: "ANSWERED", choiceIds }];
  }
  if (typed?.newTodos) return [];
  const denied = typed === "User rejected tool use";
  const status = denied ? "denied" : isError ? "failed" : "completed";
  const deeds: Deed[] = [
    { event: { type: "TOOL_CALL", payload: { toolCallId, name: "result", output: content, status } } },
  ];
  if (typed?.structuredPatch) {
    const diff = typed.structuredPatch
      .map(({ oldStart, oldLines, newStart, newLines, lines }: Untyped) =>
        [`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`, ...lines].join("\n"),
      )
      .join("\n");
    deeds.unshift({ event: { type: "DIFF", payload: { toolCallId, path: typed.filePath, diff } } });
  }
  return deeds;
}

/** What Claude Code says and is told live. Its lines have no times: all of it is now. */
export async function claudeStream(): Promise<Tale> {
  const [told, said] = await Promise.all([
    readLines("claude-stream-json/stdin.ndjson"),
    readLines("claude-stream-json/stdout.ndjson"),
  ]);
  const answers = new Map<string, Untyped>(
    told.flatMap(({ response }): [string, Untyped][] =>
      response ? [[response.request_id, response.response]] : [],
    ),
  );
  const messages = new Set<string>();
  const deeds: Deed[] = told.flatMap((line): Deed[] =>
    line.type === "user" ? [{ turn: line.message.content }] : [],
  );
  for (const line of said) {
    if (line.type === "assistant") {
      messages.add(line.message.id);
      deeds.push(...blocksOf(line.message));
    } else if (line.type === "user") deeds.push(...resultOf(line.message.content[0], line.tool_use_result));
    else if (line.type === "control_request") deeds.push(...permission(line, answers.get(line.request_id)));
    else if (line.type === "rate_limit_event")
      deeds.push({
        event: { type: "BACKEND_STATUS", payload: { phase: "rate-limit", ...line.rate_limit_info } },
      });
    else if (line.type === "result") {
      const { usage, total_cost_usd: costUsd } = line;
      const payload = { ...usageOf({ usage }), costUsd, requests: messages.size };
      deeds.push({ event: { type: "USAGE", payload } }, { end: completed, run: true });
    }
  }
  return { sessionId: "claude-stream-json", deeds };
}

function permission({ request_id: requestId, request }: Untyped, answer: Untyped): Deed[] {
  const { title: prompt, input: action, tool_use_id: toolCallId } = request;
  const payload = { kind: "approval", prompt, requestId, toolCallId, action };
  const decision = answer.behavior === "deny" ? "DENIED" : "APPROVED";
  return [
    { event: { type: "INPUT_REQUEST", payload } },
    { answer: requestId, decision, comment: answer.message },
  ];
}
