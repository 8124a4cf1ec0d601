import type { SessionEdit } from "./mark.js";
import type { MarkOptions } from "./mark-under-way.js";
import type { MarkResult, Marks } from "./marks.js";

/** One session, or up to 1,000. */
export type Ids = string | readonly string[];

/** What a person may do to sessions. Each shows at once, and goes back where it is refused; it throws where nothing was done. */
export interface MarkFunctions {
  /** Reads one up to the version that is shown; of several, those that have changed since are refused. */
  readonly markRead: (ids: Ids, options?: MarkOptions) => Promise<MarkResult>;
  readonly markUnread: (ids: Ids, options?: MarkOptions) => Promise<MarkResult>;
  /** Default: into the archive. */
  readonly archive: (ids: Ids, archived?: boolean, options?: MarkOptions) => Promise<MarkResult>;
  /** Default: to the top. */
  readonly pin: (ids: Ids, pinned?: boolean, options?: MarkOptions) => Promise<MarkResult>;
  /** Until an instant, as an ISO text or a Date; null ends it. */
  readonly snooze: (ids: Ids, until: string | Date | null, options?: MarkOptions) => Promise<MarkResult>;
  readonly addLabels: (ids: Ids, labels: readonly string[], options?: MarkOptions) => Promise<MarkResult>;
  readonly removeLabels: (ids: Ids, labels: readonly string[], options?: MarkOptions) => Promise<MarkResult>;
  /** Cancels what works in it and below it. */
  readonly cancel: (ids: Ids, options?: MarkOptions) => Promise<MarkResult>;
  /** Deletes it and all below it. */
  readonly remove: (ids: Ids, options?: MarkOptions) => Promise<MarkResult>;
  /** Changes a title, links, metadata or expiry. */
  readonly edit: (id: string, edit: SessionEdit, options?: MarkOptions) => Promise<MarkResult>;
}

/** The functions of a reader's marks. They may be passed on by themselves. */
export function markFunctions(marks: Marks): MarkFunctions {
  const listOf = (ids: Ids): readonly string[] => (typeof ids === "string" ? [ids] : ids);
  const act = (ids: Ids, action: Parameters<typeof marks.mark>[0], options?: MarkOptions) =>
    marks.mark(action, listOf(ids), options);
  return {
    markRead: (ids, options) => act(ids, { action: { read: true } }, options),
    markUnread: (ids, options) => act(ids, { action: { read: false } }, options),
    archive: (ids, archived = true, options) => act(ids, { action: { archive: archived } }, options),
    pin: (ids, pinned = true, options) => act(ids, { action: { pin: pinned } }, options),
    snooze: (ids, until, options) => {
      const action =
        until === null
          ? { unsnooze: true }
          : { snoozeUntil: until instanceof Date ? until.toISOString() : until };
      return act(ids, { action }, options);
    },
    addLabels: (ids, labels, options) => act(ids, { action: { addLabels: [...labels] } }, options),
    removeLabels: (ids, labels, options) => act(ids, { action: { removeLabels: [...labels] } }, options),
    cancel: (ids, options) => act(ids, { action: { cancel: true } }, options),
    remove: (ids, options) => act(ids, { action: { delete: true } }, options),
    edit: (id, edit, options) => act(id, { edit }, options),
  };
}
