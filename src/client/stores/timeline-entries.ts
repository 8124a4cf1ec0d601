/*
 * What a timeline shows: an entry for each event, but one for all events that name a tool call, and none for word of what another entry
 * shows (that a request was closed). Events come from the first page backwards and from its end forwards, each once. An entry stands
 * where the first of its events that was read stands, and stays there. What is let go at the beginning may be read again.
 */
import type { RunEventType } from "../../generated/client/graphql.js";
import type { InputRequest } from "./answers.js";
import { EntryList, type Entries } from "./entries.js";
import type { EventOf, TimelineEvent } from "./timeline-event.js";
import { type ToolEntry, begunTool, withEvent, withRequest } from "./tool-entry.js";

/** What an agent asks. */
export interface RequestEntry {
  readonly kind: "request";
  readonly key: string;
  readonly event: EventOf<"InputRequestEvent">;
  /** As it is now; null for events from before there were requests. */
  readonly request: InputRequest | null;
}

/** Any other event. */
export interface EventEntry {
  readonly kind: "event";
  readonly key: string;
  readonly event: TimelineEvent;
}

/** Text that is being made. Its event takes its place under the same key. */
export interface DraftEntry {
  readonly kind: "draft";
  readonly key: string;
  readonly runId: string;
  readonly streamId: string;
  readonly type: RunEventType;
  readonly text: string;
}

/** What a timeline shows at one place. */
export type TimelineEntry = ToolEntry | RequestEntry | EventEntry | DraftEntry;

/** The key of a text that is being made, and of its event. */
export function streamKey(runId: string, streamId: string): string {
  return `${runId} stream ${streamId}`;
}

/** Makes entries of events. */
export class TimelineEntries {
  #list = new EntryList<TimelineEntry>();
  /** The events that are shown: where, and their place in the session. */
  readonly #events = new Map<string, { key: string; seq: number }>();
  /** Where a request shows, and the requests that are known to be otherwise than their events say. */
  readonly #placeOfRequest = new Map<string, string>();
  readonly #requests = new Map<string, InputRequest>();

  /** Takes an event from one end; one that was taken before changes nothing. */
  add(event: TimelineEvent, where: "end" | "front"): void {
    if (this.#events.has(event.id) || isClosing(event)) return;
    const toolCallId = "toolCallId" in event ? event.toolCallId : null;
    const key = toolCallId ? `${event.run.id} tool ${toolCallId}` : this.#keyOf(event);
    this.#events.set(event.id, { key, seq: event.sessionSeq ?? 0 });
    if (toolCallId) this.#addToTool(key, event, where);
    else if (event.__typename === "InputRequestEvent") this.#addRequest(key, event, where);
    else this.#list.add({ kind: "event", key, event }, where);
  }

  /** How many entries there are. */
  get length(): number {
    return this.#list.length;
  }

  /** The key of the entry that shows an event; undefined where none does. */
  keyOfEvent(id: string): string | undefined {
    return this.#events.get(id)?.key;
  }

  /** How many entries stand after that of an event; all where it is not shown. */
  countAfter(eventId: string): number {
    return this.#list.countAfter(this.keyOfEvent(eventId) ?? "");
  }

  /** Lets go of all. */
  clear(): void {
    this.#list = new EntryList();
    this.#events.clear();
    this.#placeOfRequest.clear();
  }

  /** Lets go of what stands before an event, but of tool calls to which something later belongs. */
  dropBefore(eventId: string): void {
    const first = this.#events.get(eventId);
    if (!first) return;
    const later = new Set<string>();
    for (const { key, seq } of this.#events.values()) if (seq >= first.seq) later.add(key);
    this.#list.dropBefore(first.key, (key) => later.has(key));
    for (const [id, { key }] of this.#events) if (!this.#list.get(key)) this.#events.delete(id);
    for (const [id, key] of this.#placeOfRequest) {
      if (this.#list.get(key)) continue;
      this.#placeOfRequest.delete(id);
      this.#requests.delete(id);
    }
  }

  /** Shows a request as it is now, where it shows at all. */
  setRequest(asked: InputRequest): void {
    const request = closedOf(this.#requests.get(asked.id), asked);
    this.#requests.set(request.id, request);
    const entry = this.#list.get(this.#placeOfRequest.get(request.id) ?? "");
    if (entry?.kind === "tool") this.#list.replace(withRequest(entry, request));
    if (entry?.kind === "request") this.#list.replace({ ...entry, request });
  }

  /** The ids of the requests that are shown as open. */
  openRequests(): string[] {
    return [...this.#placeOfRequest].flatMap(([id, key]) => {
      const entry = this.#list.get(key);
      const shown =
        entry?.kind === "tool" ? entry.requests : entry?.kind === "request" ? [entry.request] : [];
      return shown.some((request) => request?.id === id && request.state === "OPEN") ? [id] : [];
    });
  }

  /** The entries as they are now, with what comes last. */
  snapshot(drafts: readonly DraftEntry[]): Entries<TimelineEntry> {
    return this.#list.snapshot(drafts);
  }

  #keyOf(event: TimelineEvent): string {
    if (!event.streamId) return event.id;
    const key = streamKey(event.run.id, event.streamId);
    // A name of a stream may be used again once it has ended.
    return this.#list.get(key) ? event.id : key;
  }

  #addRequest(key: string, event: EventOf<"InputRequestEvent">, where: "end" | "front"): void {
    const request = this.#requestOf(event, key);
    this.#list.add({ kind: "request", key, event, request }, where);
  }

  #requestOf({ inputRequest }: EventOf<"InputRequestEvent">, key: string): InputRequest | null {
    if (!inputRequest) return null;
    this.#placeOfRequest.set(inputRequest.id, key);
    return closedOf(this.#requests.get(inputRequest.id), inputRequest);
  }

  #addToTool(key: string, event: TimelineEvent, where: "end" | "front"): void {
    const known = this.#list.get(key);
    const before = known?.kind === "tool" ? known : begunTool(key, event);
    const after = withEvent(before, event, where, (asked) => this.#requestOf(asked, key));
    if (known) this.#list.replace(after);
    else this.#list.add(after, where);
  }
}

/** Of two states of a request the later one: once it is closed it stays as it is. */
function closedOf(known: InputRequest | undefined, request: InputRequest): InputRequest {
  return known && known.state !== "OPEN" ? known : request;
}

/** Word that a request was closed: its entry shows that. */
function isClosing(event: TimelineEvent): boolean {
  return event.__typename === "BackendStatusEvent" && event.phase === "input-closed";
}
