import { useEffect, useRef } from "react";

/** What each key does, for people. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ["j k", "Next, previous session"],
  ["Enter", "Open it"],
  ["Esc", "Close it; clear the selection"],
  ["x X", "Select; all from the last one on"],
  ["e", "Archive, or take out of the archive"],
  ["r", "Mark read"],
  ["u", "Mark unread"],
  ["s", "Snooze"],
  ["p", "Pin"],
  ["z", "Undo what was archived or snoozed"],
  ["/", "Search"],
  ["?", "This help"],
];

/** What has a use of its own for a key: what Enter presses or sends, and what the arrows choose in or scroll. */
const owners: Readonly<Record<string, string>> = {
  Enter: "a, button, summary, form *",
  ArrowDown: "form *, .detail *",
  ArrowUp: "form *, .detail *",
};

/** Calls what belongs to a key, wherever it is pressed but where text is written, which Escape leaves, or where it has another use. */
export function useKeys(deeds: Readonly<Record<string, () => void>>): void {
  const latest = useRef(deeds);
  latest.current = deeds;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      // A window of its own knows its keys.
      if (target.closest("dialog")) return;
      const isWriting = target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
      if (isWriting && event.key === "Escape") target.blur();
      if (isWriting || target.matches(owners[event.key] ?? ":not(*)")) return;
      const deed = latest.current[event.key];
      if (!deed) return;
      event.preventDefault();
      deed();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}
