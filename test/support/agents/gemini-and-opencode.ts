import { readdir } from "node:fs/promises";
import type { Untyped } from "../graphql.js";
import { type Deed, type Tale, instantOf, readLines, readSample } from "./tale.js";

const completed = { terminalStatus: "COMPLETED" } as const;
const geminiStatuses: Record<string, string> = { success: "completed", error: "failed" };

/** A chat that Gemini CLI recorded: thoughts and calls have times of their own. */
export async function geminiChat(path: string): Promise<Tale> {
  const deeds: Deed[] = [];
  let title = {};
  for (const line of await readLines(path)) {
    if (line.$set?.summary) title = { title: line.$set.summary };
    const { timestamp: at, type, id: messageId, content, model } = line;
    const tell = (event: Extract<Deed, { event: unknown }>["event"], when = at) =>
      deeds.push({ at: when, event });
    if (type === "user") deeds.push({ at, turn: content[0].text });
    else if (type === "gemini") {
      for (const { subject, description, timestamp } of line.thoughts ?? [])
        tell({ type: "REASONING", payload: { text: `${subject}\n${description}`, messageId } }, timestamp);
      if (content !== "") tell({ type: "ASSISTANT_MESSAGE", payload: { text: content, messageId, model } });
      const { input, output, cached, thoughts } = line.tokens;
      const payload = { inputTokens: input, outputTokens: output + thoughts, reasoningTokens: thoughts };
      tell({ type: "USAGE", payload: { model, ...payload, cacheReadTokens: cached } });
      for (const call of line.toolCalls ?? []) {
        const { id: toolCallId, name, args: input, result: output, status, displayName: title } = call;
        const word = geminiStatuses[status] ?? status;
        tell(
          { type: "TOOL_CALL", payload: { toolCallId, name, title, input, output, status: word } },
          call.timestamp,
        );
      }
    } else if (type === "info") deeds.push({ at, end: { terminalStatus: "CANCELLED" } });
    else if (type === "error") tell({ type: "ERROR", payload: { message: content } });
    else if (line.$rewindTo) {
      const last = deeds.at(-1)?.at;
      deeds.push({
        ...(last ? { at: last } : {}),
        event: { type: "BACKEND_STATUS", payload: { phase: "rewound", to: line.$rewindTo } },
      });
    } else if (line.$set) deeds.push({ at: line.$set.lastUpdated, end: completed, run: true });
  }
  return { sessionId: "gemini-cli", ...title, deeds };
}

/** `gemini --output-format stream-json`. Pieces of a message are told as they came. */
export async function geminiStream(): Promise<Tale> {
  const deeds: Deed[] = [];
  let model: string | undefined;
  for (const line of await readLines("gemini-cli/stream.ndjson")) {
    const at = line.timestamp;
    const { tool_id: toolCallId, stats } = line;
    const tell = (event: Extract<Deed, { event: unknown }>["event"]) => deeds.push({ at, event });
    if (line.type === "init") model = line.model;
    else if (line.type === "message" && line.role === "user") deeds.push({ at, turn: line.content });
    else if (line.type === "message")
      tell({ type: "ASSISTANT_MESSAGE", payload: { text: line.content, model } });
    else if (line.type === "tool_use")
      tell({
        type: "TOOL_CALL",
        payload: { toolCallId, name: line.tool_name, input: line.parameters, status: "running" },
      });
    else if (line.type === "tool_result") {
      const status = geminiStatuses[line.status];
      tell({ type: "TOOL_CALL", payload: { toolCallId, name: "result", output: line.output, status } });
    } else if (line.type === "error")
      tell({ type: "ERROR", payload: { message: line.message, willRetry: true } });
    else if (line.type === "result") {
      const payload = {
        inputTokens: stats.input_tokens,
        outputTokens: stats.output_tokens,
        cacheReadTokens: stats.cached,
      };
      tell({ type: "USAGE", payload: { model, ...payload } });
      deeds.push({ at, end: completed, run: true });
    }
  }
  return { sessionId: "gemini-stream", deeds };
}

const opencodeRoot = new URL("../../samples/opencode/storage/", import.meta.url);

async function readFolder(path: string): Promise<Untyped[]> {
  const names = await readdir(new URL(path, opencodeRoot)).catch((): string[] => []);
  names.sort((a, b) => a.localeCompare(b));
  return Promise.all(
    names.map(async (name): Promise<Untyped> =>
      JSON.parse(await readSample(`opencode/storage/${path}${name}`)),
    ),
  );
}

/** A session of opencode: its messages, the parts of each, and the list of what was to do. */
export async function opencode(sessionId: string): Promise<Tale> {
  const deeds: Deed[] = [];
  let last = "";
  for (const message of await readFolder(`message/${sessionId}/`)) {
    const created = message.time.created;
    const parts = await readFolder(`part/${message.id}/`);
    if (message.role === "user") {
      const text = parts.find(({ type }) => type === "text")?.text;
      if (text !== undefined) deeds.push({ at: instantOf(created), turn: text });
      else
        deeds.push({
          at: instantOf(created),
          event: { type: "BACKEND_STATUS", payload: { phase: "compacted" } },
        });
      continue;
    }
    for (const part of parts) deeds.push(...opencodePart(part, message));
    const end = instantOf(message.time.completed ?? created);
    const { tokens, cost: costUsd, modelID: model } = message;
    const inputTokens = tokens.input + tokens.cache.read + tokens.cache.write;
    if (inputTokens + tokens.output > 0) {
      const cache = { cacheReadTokens: tokens.cache.read, cacheWriteTokens: tokens.cache.write };
      const payload = {
        model,
        inputTokens,
        ...cache,
        outputTokens: tokens.output,
        reasoningTokens: tokens.reasoning,
        costUsd,
      };
      deeds.push({ at: end, event: { type: "USAGE", payload } });
    }
    if (message.error)
      deeds.push({ at: end, event: { type: "ERROR", payload: { message: message.error.data.message } } });
    last = end;
  }
  const todos = (await readFolder("todo/")).flat();
  if (sessionId.endsWith("1")) {
    const entries = todos.map(({ content: text, status }) => ({ text, status }));
    deeds.push({ at: last, event: { type: "PLAN", payload: { entries } } });
  }
  deeds.push({ at: last, end: completed, run: true });
  const session = (await readFolder("session/p0aa/")).find(({ id }) => id === sessionId);
  return { sessionId, title: session.title, deeds };
}

function opencodePart(part: Untyped, message: Untyped): Deed[] {
  const { type, text, callID: toolCallId, tool: name, state } = part;
  const messageId = message.id;
  if (type === "text")
    return [
      {
        at: instantOf(part.time.end),
        event: { type: "ASSISTANT_MESSAGE", payload: { text, messageId, model: message.modelID } },
      },
    ];
  if (type === "reasoning")
    return [{ at: instantOf(part.time.start), event: { type: "REASONING", payload: { text, messageId } } }];
  if (type === "retry")
    return [
      {
        at: instantOf(part.time.created),
        event: { type: "ERROR", payload: { message: part.error.data.message, willRetry: true } },
      },
    ];
  if (type !== "tool") return [];
  const denied = /rejected permission/.test(state.error ?? "");
  const status = denied ? "denied" : state.status === "error" ? "failed" : state.status;
  const { start, end } = state.time;
  const payload = {
    toolCallId,
    name,
    title: state.title,
    input: state.input,
    output: state.output ?? state.error,
    status,
  };
  const call: Deed = {
    at: instantOf(end),
    event: { type: "TOOL_CALL", payload: { ...payload, durationMs: end - start } },
  };
  const { diff, filediff } = state.metadata ?? {};
  if (!filediff) return [call];
  const { file: path, additions, deletions } = filediff;
  const change: Deed = {
    at: instantOf(end),
    event: { type: "DIFF", payload: { toolCallId, path, diff, additions, deletions } },
  };
  return [change, call];
}
