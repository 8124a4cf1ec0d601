import type { InboxSession } from "./inbox-list.js";
import type { Mark } from "./mark.js";

/** How a mark is made. */
export interface MarkOptions {
  /** Refuses, with PRECONDITION_FAILED, what has changed since it was shown. Default: false. */
  ifUnchanged?: boolean;
}

/** How a store marks what it shows itself. */
export interface OwnMarkOptions extends MarkOptions {
  /** The session as it is shown, where that may be older than what others know of it. */
  seen?: InboxSession;
}

/** A mark that is not answered yet. */
export interface UnderWay {
  mark: Mark;
  ids: readonly string[];
  options: OwnMarkOptions;
  /** The sessions as they were shown when it was made. */
  seen: readonly InboxSession[];
  /** When it was made. */
  at: string;
  isSent: boolean;
  leaveOut: () => void;
  done: Promise<unknown>;
}

/** Whether a mark that waits makes no difference any more once the later one is made. */
export function isUndoneBy(earlier: UnderWay, later: UnderWay): boolean {
  if (earlier.isSent || !("action" in earlier.mark) || !("action" in later.mark)) return false;
  const kind = kindOf(earlier.mark.action);
  return (
    kind !== undefined &&
    kind === kindOf(later.mark.action) &&
    earlier.ids.every((id) => later.ids.includes(id))
  );
}

function kindOf(action: object): string | undefined {
  const [name] = Object.keys(action);
  if (name === "unsnooze") return "snoozeUntil";
  return name === "read" || name === "archive" || name === "pin" || name === "snoozeUntil" ? name : undefined;
}
