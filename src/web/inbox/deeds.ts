import { useMemo, useRef } from "react";
import type { InboxSession } from "../../client/client.js";
import { messageOf, useTelling } from "../frame/notice";

/** The marks of the client's inbox, by which all is done. */
export interface Marks {
  markRead(ids: readonly string[]): Promise<MarkResult>;
  markUnread(ids: readonly string[]): Promise<MarkResult>;
  archive(ids: readonly string[], archived: boolean): Promise<MarkResult>;
  pin(ids: readonly string[], pinned: boolean): Promise<MarkResult>;
  snooze(ids: readonly string[], until: string | null): Promise<MarkResult>;
  addLabels(ids: readonly string[], labels: readonly string[]): Promise<MarkResult>;
  removeLabels(ids: readonly string[], labels: readonly string[]): Promise<MarkResult>;
}

interface MarkResult {
  refused: readonly { message: string }[];
}

type Sessions = readonly InboxSession[];

/** What a reader does to sessions. What is refused is told; what was put away can be taken back. */
export interface Deeds {
  read(sessions: Sessions): void;
  unread(sessions: Sessions): void;
  archive(sessions: Sessions, archived: boolean): void;
  snooze(sessions: Sessions, until: Date | null): void;
  pin(sessions: Sessions, pinned: boolean): void;
  addLabel(sessions: Sessions, label: string): void;
  removeLabel(sessions: Sessions, label: string): void;
}

/** How many sessions, in words. */
export const counted = (count: number) => (count === 1 ? "1 session" : `${count} sessions`);

/** Makes the deeds of the marks, for the list and for the open session alike. */
export function useDeeds(marks: Marks): Deeds {
  const { tell } = useTelling();
  const latest = useRef(marks);
  latest.current = marks;
  return useMemo(() => {
    const idsOf = (sessions: Sessions) => sessions.map(({ id }) => id);
    const judge = async (work: Promise<MarkResult>) => {
      try {
        const { refused } = await work;
        if (refused[0]) tell({ text: `${counted(refused.length)}: ${refused[0].message}`, isBad: true });
      } catch (error) {
        tell({ text: messageOf(error), isBad: true });
      }
    };
    const attempt = (work: Promise<MarkResult>) => void judge(work);
    /** Does what takes sessions out of sight, and offers to take it back. */
    const putAway = (text: string, work: Promise<MarkResult>, back: () => Promise<MarkResult>) => {
      attempt(work);
      tell({ text, undo: () => attempt(back()) });
    };
    return {
      read: (sessions) => attempt(latest.current.markRead(idsOf(sessions))),
      unread: (sessions) => attempt(latest.current.markUnread(idsOf(sessions))),
      pin: (sessions, pinned) => attempt(latest.current.pin(idsOf(sessions), pinned)),
      addLabel: (sessions, label) => attempt(latest.current.addLabels(idsOf(sessions), [label])),
      removeLabel(sessions, label) {
        const having = sessions.filter(({ labels }) => labels.includes(label));
        attempt(latest.current.removeLabels(idsOf(having), [label]));
      },
      archive(sessions, archived) {
        if (sessions.length === 0) return;
        const ids = idsOf(sessions);
        putAway(
          `${counted(ids.length)} ${archived ? "archived" : "taken out of the archive"}`,
          latest.current.archive(ids, archived),
          () => latest.current.archive(ids, !archived),
        );
      },
      snooze(sessions, until) {
        if (sessions.length === 0) return;
        const ids = idsOf(sessions);
        const earlier = new Map<string | null, string[]>();
        for (const { id, attention } of sessions)
          earlier.set(attention.snoozedUntil, [...(earlier.get(attention.snoozedUntil) ?? []), id]);
        const when = until?.toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });
        putAway(
          when ? `${counted(ids.length)} snoozed until ${when}` : `${counted(ids.length)} woken`,
          latest.current.snooze(ids, until?.toISOString() ?? null),
          async () => {
            // Each to where it was: what was snoozed before is so again, unless that is over.
            const work = [...earlier].map(([instant, those]) => {
              const isOver = instant !== null && Date.parse(instant) <= Date.now();
              return latest.current.snooze(those, isOver ? null : instant);
            });
            return { refused: (await Promise.all(work)).flatMap(({ refused }) => refused) };
          },
        );
      },
    };
  }, [tell]);
}
