import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import type { InboxSession } from "../../client/client.js";
import { Boundary } from "../frame/boundary";
import { reasons } from "../frame/status-word";
import { Row } from "./row";

interface ListProps {
  sessions: readonly InboxSession[];
  /** Whether the sessions stand under headings by what they want. */
  isGrouped: boolean;
  openId: string;
  /** The session that the keys are about. */
  cursor: string;
  onCursor: (id: string) => void;
  selected: ReadonlySet<string>;
  hasMore: boolean;
  onMore: () => void;
  onSelect: (id: string, withRange: boolean) => void;
  /** What stands below the sessions. */
  children: ReactNode;
}

type Line = { kind: "heading"; text: string } | { kind: "row"; session: InboxSession };

const rowPx = 58;
const headingPx = 32;

/** The sessions of a list, of which those in sight are drawn. More are asked for before its end is in sight. */
export function List(props: ListProps) {
  const { sessions, isGrouped, openId, cursor, selected, hasMore, onMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(sessions, isGrouped), [sessions, isGrouped]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (lines[index]?.kind === "heading" ? headingPx : rowPx),
    getItemKey: (index) => keyOf(lines[index], index),
    overscan: 8,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= lines.length - 10) onMore();
    // Not for another function: what it does is the same.
  }, [hasMore, last, lines.length]);
  useEffect(() => {
    virtual.measure();
  }, [lines, virtual]);

  const cursorIndex = lines.findIndex((line) => line.kind === "row" && line.session.id === cursor);
  const isFirst = useRef(true);
  useEffect(() => {
    if (cursorIndex < 0) return;
    virtual.scrollToIndex(cursorIndex, { align: "auto" });
    // A person who goes by the keys has the focus there too; one who has just come has chosen nothing yet.
    if (!isFirst.current) focusRow(scroller.current, cursor);
    isFirst.current = false;
    // Only when the cursor moves: what moves the list meanwhile does not move what a person looks at.
  }, [cursor]);
  return (
    <div className="list" ref={scroller} role="group" aria-label="Sessions">
      <div className="list-inner" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start, size }) => {
          const line = lines[index];
          return (
            <div key={key} className="line-box" style={{ transform: `translateY(${start}px)`, height: size }}>
              {line?.kind === "heading" && <h2 className="list-heading">{line.text}</h2>}
              {line?.kind === "row" && (
                <Boundary what="This session" of={line.session}>
                  <Row
                    session={line.session}
                    isOpen={line.session.id === openId}
                    isAtCursor={line.session.id === cursor}
                    isSelected={selected.has(line.session.id)}
                    onCursor={props.onCursor}
                    onSelect={props.onSelect}
                  />
                </Boundary>
              )}
            </div>
          );
        })}
      </div>
      {props.children}
    </div>
  );
}

/** Puts the focus on a session's link, once it is drawn, unless something in its row has it. */
function focusRow(list: HTMLElement | null, id: string): void {
  requestAnimationFrame(() => {
    const row = list?.querySelector(`[data-session="${CSS.escape(id)}"]`);
    const isElsewhere = document.activeElement?.closest("textarea, select, input, dialog, .detail");
    if (!row || row.contains(document.activeElement) || isElsewhere) return;
    row.querySelector("a")?.focus({ preventScroll: true });
  });
}

function keyOf(line: Line | undefined, index: number): string | number {
  if (!line) return index;
  return line.kind === "heading" ? line.text : line.session.id;
}

/** The headings follow the order of the service: each begins where the first of its sessions stands. */
function linesOf(sessions: readonly InboxSession[], isGrouped: boolean): Line[] {
  const lines: Line[] = [];
  let heading = "";
  for (const session of sessions) {
    const next = isGrouped ? headingOf(session) : "";
    if (next !== heading) lines.push({ kind: "heading", text: next });
    heading = next;
    lines.push({ kind: "row", session });
  }
  return lines;
}

function headingOf({ attention: { pinnedAt, reason, state } }: InboxSession): string {
  if (pinnedAt) return "Pinned";
  if (reasons[reason].tone === "ask") return "Needs you";
  return { ACTIVE: "Active", UNREAD: "Unread", READ: "Read" }[state];
}
