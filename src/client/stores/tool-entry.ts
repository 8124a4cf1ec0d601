import type { ToolCallStatus } from "../../generated/client/graphql.js";
import type { InputRequest } from "./answers.js";
import type { EventOf, TimelineEvent } from "./timeline-event.js";

/** A tool call, from all events that name it. */
export interface ToolEntry {
  readonly kind: "tool";
  readonly key: string;
  /** Its newest TOOL_CALL; null while only what it printed or changed is known. */
  readonly event: EventOf<"ToolCallEvent"> | null;
  /** RUNNING until a TOOL_CALL of it tells otherwise. */
  readonly status: ToolCallStatus;
  readonly name: string | null;
  readonly title: string | null;
  readonly parentToolCallId: string | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly durationMs: number | null;
  /** When the first of its events happened, and when it ended; null while it runs. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly diffs: readonly EventOf<"DiffEvent">[];
  readonly outputs: readonly EventOf<"CommandOutputEvent">[];
  /** All requests that it waits or waited for, oldest first, each as it is now. */
  readonly requests: readonly InputRequest[];
  /** Of its requests the newest that is open, else the newest; null where it asks nothing. */
  readonly request: InputRequest | null;
}

/** A tool call of which nothing but its first event is known. */
export function begunTool(key: string, { occurredAt }: TimelineEvent): ToolEntry {
  return {
    kind: "tool",
    key,
    event: null,
    status: "RUNNING",
    name: null,
    title: null,
    parentToolCallId: null,
    input: null,
    output: null,
    durationMs: null,
    startedAt: occurredAt,
    endedAt: null,
    diffs: [],
    outputs: [],
    requests: [],
    request: null,
  };
}

/** The entry with one more of its events: the newest that tells something counts. */
export function withEvent(
  entry: ToolEntry,
  event: TimelineEvent,
  where: "end" | "front",
  requestOf: (event: EventOf<"InputRequestEvent">) => InputRequest | null,
): ToolEntry {
  const isNewest = where === "end";
  const startedAt = event.occurredAt < entry.startedAt ? event.occurredAt : entry.startedAt;
  const put = <Item>(items: readonly Item[], item: Item) => (isNewest ? [...items, item] : [item, ...items]);
  if (event.__typename === "DiffEvent") return { ...entry, startedAt, diffs: put(entry.diffs, event) };
  if (event.__typename === "CommandOutputEvent")
    return { ...entry, startedAt, outputs: put(entry.outputs, event) };
  if (event.__typename === "InputRequestEvent") {
    const request = requestOf(event);
    return { ...withRequests(entry, request ? put(entry.requests, request) : entry.requests), startedAt };
  }
  if (event.__typename === "ToolCallEvent")
    return { ...withCall(entry, event, isNewest || !entry.event), startedAt };
  return entry;
}

/** The entry with one of its requests as it is now. */
export function withRequest(entry: ToolEntry, request: InputRequest): ToolEntry {
  return withRequests(
    entry,
    entry.requests.map((known) => (known.id === request.id ? request : known)),
  );
}

function withRequests(entry: ToolEntry, requests: readonly InputRequest[]): ToolEntry {
  const open = requests.findLast(({ state }) => state === "OPEN");
  return { ...entry, requests, request: open ?? requests.at(-1) ?? null };
}

function withCall(entry: ToolEntry, event: EventOf<"ToolCallEvent">, isNewest: boolean): ToolEntry {
  const newest = <Value>(own: Value | null, other: Value | null): Value | null =>
    isNewest ? (own ?? other) : (other ?? own);
  const { status } = isNewest ? event : entry;
  return {
    ...entry,
    event: isNewest ? event : entry.event,
    status,
    name: newest(event.name, entry.name),
    title: newest(event.title, entry.title),
    parentToolCallId: newest(event.parentToolCallId, entry.parentToolCallId),
    input: newest(event.input, entry.input),
    output: newest(event.output, entry.output),
    durationMs: newest(event.durationMs, entry.durationMs),
    endedAt: isNewest ? (status === "RUNNING" ? null : event.occurredAt) : entry.endedAt,
  };
}
