import { type ReactNode, useState } from "react";

interface FoldedProps {
  text: string;
  /** How many lines are shown unless all are asked for. */
  lines: number;
  /** Which end of it is shown. */
  from: "start" | "end";
  /** Draws what is shown, which stands after what is hidden before it. */
  children: (shown: string, before: string) => ReactNode;
}

/** Long text of which only one end is shown, until a person asks for all of it. */
export function Folded({ text, lines, from, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(false);
  const all = text.split("\n");
  const hidden = all.length - lines;
  if (hidden <= 3) return children(text, "");
  const [first, last] = isOpen ? [0, all.length] : from === "start" ? [0, lines] : [hidden, all.length];
  const shown = all.slice(first, last).join("\n");
  const button = (
    <button type="button" className="unfold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
      {isOpen ? "Show less" : `Show ${hidden} more lines`}
    </button>
  );
  return (
    <>
      {from === "end" && button}
      {children(shown, all.slice(0, first).join("\n"))}
      {from === "start" && button}
    </>
  );
}
