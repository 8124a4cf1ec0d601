import { memo } from "react";
import type { InboxSession } from "../../client/client.js";
import { ReasonMark } from "../frame/status-word";
import { Icon } from "../icon";
import { Link } from "../link";
import { cost } from "../session/usage-line";
import { Ago } from "../time";

interface RowProps {
  session: InboxSession;
  isOpen: boolean;
  /** Whether the keys are about it. */
  isAtCursor: boolean;
  isSelected: boolean;
  onCursor: (id: string) => void;
  onSelect: (id: string, withRange: boolean) => void;
}

/** What a session is called. */
export function titleOf({ title, sessionId }: Pick<InboxSession, "title" | "sessionId">): string {
  return title ?? sessionId;
}

/** A session in the list: who asks first, then what it is, where it stands, and since when. */
export const Row = memo(function Row({
  session,
  isOpen,
  isAtCursor,
  isSelected,
  onCursor,
  onSelect,
}: RowProps) {
  const { id, attention, labels, plan, tree, projectId, lastActivityAt, usage } = session;
  const { reason, unread, pinnedAt, snoozedUntil } = attention;
  const names = [
    "row",
    isOpen && "is-open",
    isAtCursor && "is-at-cursor",
    isSelected && "is-selected",
    unread && "is-unread",
  ];
  const title = titleOf(session);
  return (
    <div className={names.filter(Boolean).join(" ")} data-session={id} onFocus={() => onCursor(id)}>
      <input
        type="checkbox"
        className="row-tick"
        aria-label={`Select ${title}`}
        checked={isSelected}
        onClick={(event) => onSelect(id, event.shiftKey)}
        onChange={() => {}}
      />
      <Link className="row-link" to={{ session: id }} aria-current={isOpen ? "true" : undefined}>
        <span className="row-first">
          {unread && <span className="row-unread" title="Unread" />}
          <span className="row-title">{title}</span>
          {unread && <span className="for-readers">, unread</span>}
          {pinnedAt && (
            <span className="row-icon" title="Pinned">
              <Icon name="pin" />
              <span className="for-readers">Pinned</span>
            </span>
          )}
          <Ago className="ago" at={lastActivityAt} />
        </span>
        <span className="row-second">
          <ReasonMark reason={reason} />
          {snoozedUntil && (
            <span>
              until {new Date(snoozedUntil).toLocaleString([], { dateStyle: "short", timeStyle: "short" })}
            </span>
          )}
          {plan && plan.total > 0 && (
            <span title="Steps of the plan that are done">
              {plan.completed}/{plan.total}
            </span>
          )}
          {tree.total > 1 && (
            <span
              className="row-tree"
              title={`${tree.total} sessions with its sub-agents, ${tree.active} at work`}
            >
              <Icon name="tree" />
              {tree.total - 1}
            </span>
          )}
          <span className="row-project">{projectId}</span>
          {labels.slice(0, 2).map((label) => (
            <span className="label-chip" key={label}>
              {label}
            </span>
          ))}
          {usage.costMicros > 0 && <span className="row-cost">{cost(usage)}</span>}
        </span>
      </Link>
    </div>
  );
});
