import type { ReactNode } from "react";
import type { InboxSession } from "../../client/client.js";
import { Menu } from "../frame/menu";
import { Icon, type IconName } from "../icon";
import type { Deeds } from "./deeds";
import { snoozeTimes } from "./snooze";

interface ToolbarProps {
  /** What the buttons do something to. */
  sessions: readonly InboxSession[];
  deeds: Deeds;
  isSnoozeOpen?: boolean;
  onSnoozeOpenChange?: (isOpen: boolean) => void;
  /** More buttons, after the others. */
  children?: ReactNode;
}

/** What a reader may do to sessions: each button does the same as its key. */
export function Toolbar({ sessions, deeds, children, ...snooze }: ToolbarProps) {
  const isArchived = sessions.length > 0 && sessions.every(({ attention }) => attention.archivedAt !== null);
  const isPinned = sessions.length > 0 && sessions.every(({ attention }) => attention.pinnedAt !== null);
  const isUnread = sessions.some(({ attention }) => attention.unread);
  const isSnoozed = sessions.some(({ attention }) => attention.snoozedUntil !== null);
  return (
    <div className="toolbar" role="toolbar" aria-label="What to do">
      <Deed
        icon={isArchived ? "undo" : "archive"}
        label={isArchived ? "Take out of the archive" : "Archive"}
        hint="e"
        onPress={() => deeds.archive(sessions, !isArchived)}
      />
      <Deed
        icon={isUnread ? "check" : "unread"}
        label={isUnread ? "Mark read" : "Mark unread"}
        hint={isUnread ? "r" : "u"}
        onPress={() => (isUnread ? deeds.read(sessions) : deeds.unread(sessions))}
      />
      <Menu
        icon="clock"
        label="Snooze"
        hint="s"
        isOpen={snooze.isSnoozeOpen}
        onOpenChange={snooze.onSnoozeOpenChange}
      >
        {(close) => (
          <>
            {isSnoozed && (
              <button
                type="button"
                onClick={() => {
                  close();
                  deeds.snooze(sessions, null);
                }}
              >
                Wake now
              </button>
            )}
            {snoozeTimes(new Date()).map(({ label, until }) => (
              <button
                type="button"
                key={label}
                onClick={() => {
                  close();
                  deeds.snooze(sessions, until);
                }}
              >
                {label}
              </button>
            ))}
          </>
        )}
      </Menu>
      <Deed
        icon="pin"
        label={isPinned ? "Unpin" : "Pin"}
        hint="p"
        isPressed={isPinned}
        onPress={() => deeds.pin(sessions, !isPinned)}
      />
      {children}
    </div>
  );
}

interface DeedProps {
  icon: IconName;
  label: string;
  hint: string;
  isPressed?: boolean;
  onPress: () => void;
}

function Deed({ icon, label, hint, isPressed, onPress }: DeedProps) {
  return (
    <button
      type="button"
      className="icon-button"
      title={`${label} (${hint})`}
      aria-label={label}
      aria-pressed={isPressed}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
