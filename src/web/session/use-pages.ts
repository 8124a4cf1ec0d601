import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { useTimeline } from "../../client/react.js";
import { messageOf, useTelling } from "../frame/notice";

/** How near to the first and the last loaded entry more are asked for, in pixels. */
const morePx = 1_500;
/** How many pages are read by themselves, before a person scrolls or asks for more: a page may add little that is seen, or nothing. */
const mostPages = 20;

/** How pages come. */
interface Pages {
  /** Looks if an end is near, as a person has scrolled. */
  look: () => void;
  /** Whether older ones are there and do not come by themselves: there were too many, or one could not be read. */
  isStopped: boolean;
}

/**
 * Reads the pages of a timeline before an end of what is loaded is in sight. All events of a tool call are one entry: what a page adds may be
 * too little to scroll, so that it looks again after each page, and whenever the box or what stands in it has another size.
 */
export function usePages(
  timeline: ReturnType<typeof useTimeline>,
  scroller: RefObject<HTMLDivElement | null>,
): Pages {
  const { tell } = useTelling();
  const [isStopped, setStopped] = useState(false);
  const latest = useRef(timeline);
  latest.current = timeline;
  const read = useRef(0);
  const looking = useRef(() => {});

  const fill = useCallback(() => {
    const box = scroller.current;
    const { entries, hasOlder, isLoadingOlder, loadOlder, hasNewer, isLoadingNewer, loadNewer } =
      latest.current;
    if (!box || entries.length === 0 || read.current > mostPages) return;
    const load = (page: () => Promise<void>) => {
      read.current += 1;
      if (read.current > mostPages) return setStopped(true);
      page().catch((error: unknown) => {
        read.current = Infinity;
        setStopped(true);
        tell({ text: messageOf(error), isBad: true, again: () => looking.current() });
      });
    };
    const belowPx = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop < morePx && hasOlder && !isLoadingOlder) load(loadOlder);
    if (belowPx < morePx && hasNewer && !isLoadingNewer) load(loadNewer);
  }, [scroller, tell]);
  const look = useCallback(() => {
    read.current = 0;
    setStopped(false);
    fill();
  }, [fill]);
  looking.current = look;

  const { entries, isLoadingOlder, isLoadingNewer, status } = timeline;
  useEffect(fill, [fill, entries, isLoadingOlder, isLoadingNewer]);
  useEffect(() => {
    // What could not be read may be there again.
    if (status === "live") look();
  }, [look, status]);
  useEffect(() => {
    const sizes = new ResizeObserver(fill);
    for (const box of [scroller.current, scroller.current?.lastElementChild]) if (box) sizes.observe(box);
    return () => sizes.disconnect();
  }, [fill, scroller]);
  return { look, isStopped: isStopped && timeline.hasOlder };
}
