import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Entries, TimelineEntry } from "../../client/client.js";
import { useTimeline } from "../../client/react.js";
import { Failure } from "../frame/failure";
import { messageOf, useTelling } from "../frame/notice";
import { Icon } from "../icon";
import { isEcho } from "./echo";
import { Entry } from "./entry";
import { usePages } from "./use-pages";

/** How many entries are kept while more come: older ones are read again where a person scrolls to them. */
const kept = 2_000;
/** How near to its end the list follows what is added, in pixels. */
const endPx = 120;

/**
 * The timeline of a session: as many entries as there are, of which those in sight are drawn. It begins at a place where one is named, else
 * at its end, and stays there while entries come, unless a person has scrolled away; then a button tells that there are new ones.
 */
export function Timeline({ sessionId, at }: { sessionId: string; at: string }) {
  const timeline = useTimeline({ id: sessionId }, { readWhileOpen: true, keep: kept, ...(at ? { at } : {}) });
  const { entries, placeKey, hasNewer, setAtEnd: tellAtEnd, status, error } = timeline;
  const { tell } = useTelling();
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  // The end of what is loaded is followed where it is the session's own, not while pages up to it come.
  const hadNewer = useRef(false);
  useEffect(() => {
    hadNewer.current = hasNewer;
  }, [hasNewer]);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 56,
    getItemKey: (index) => entries.at(index)?.key ?? index,
    anchorTo: "end",
    followOnAppend: !hasNewer && !hadNewer.current,
    scrollEndThreshold: endPx,
    overscan: 6,
    paddingStart: 16,
    paddingEnd: 24,
    directDomUpdates: true,
    directDomUpdatesMode: "position",
    useFlushSync: false,
  });

  const isFirstPage = status === "loading" && entries.length === 0;
  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current || entries.length === 0) return;
    hasBegun.current = true;
    const place = placeKey === undefined ? -1 : entries.indexOf(placeKey);
    if (place < 0) virtual.scrollToEnd();
    else virtual.scrollToIndex(place, { align: "center" });
  }, [entries, placeKey, virtual]);
  useEffect(() => tellAtEnd(isAtEnd), [isAtEnd, tellAtEnd]);
  useForget(virtual.itemSizeCache, entries);
  const { look, isStopped } = usePages(timeline, scroller);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight <= endPx);
    look();
  };
  const toNewest = async () => {
    try {
      if (hasNewer) await timeline.loadNewest();
      virtual.scrollToEnd();
    } catch (error) {
      tell({ text: messageOf(error), isBad: true, again: () => void toNewest() });
    }
  };
  return (
    <div className="timeline">
      <div
        className="timeline-scroll"
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-label="Timeline"
        aria-live="off"
      >
        {isFirstPage && <Skeleton />}
        {status !== "loading" && !error && entries.length === 0 && (
          <p className="empty">Nothing has happened in this session yet.</p>
        )}
        <div className="timeline-entries" ref={virtual.containerRef}>
          {virtual.getVirtualItems().map(({ index, key }) => {
            const entry = entries.at(index);
            return (
              <div
                key={key}
                data-index={index}
                ref={virtual.measureElement}
                className={entry?.key === placeKey ? "entry is-place" : "entry"}
              >
                {entry && !isEcho(entries, index) && (
                  <div className="entry-column">
                    <Entry entry={entry} isPlace={entry.key === placeKey} />
                  </div>
                )}
              </div>
            );
          })}
        </div>
      </div>
      <Failure problem={error?.message ?? ""} onAgain={timeline.refresh} />
      {isStopped && (
        <button type="button" className="to-begin button" onClick={look}>
          <Icon name="up" /> Earlier
        </button>
      )}
      {(!isAtEnd || hasNewer) && (
        <button type="button" className="to-end button" onClick={() => void toNewest()}>
          <Icon name="down" /> Newest
        </button>
      )}
    </div>
  );
}

/** Forgets the heights of entries that were let go, once they are more than those that are there. */
function useForget(heights: Map<unknown, number>, entries: Entries<TimelineEntry>): void {
  useEffect(() => {
    if (heights.size <= 2 * (entries.length + kept)) return;
    for (const key of heights.keys()) if (entries.indexOf(String(key)) < 0) heights.delete(key);
  }, [heights, entries]);
}

/** What stands where entries will be, so that nothing jumps when they come. */
function Skeleton() {
  return (
    <div className="skeleton" aria-hidden="true">
      {[72, 40, 88, 56, 64].map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
