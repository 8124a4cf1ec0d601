import { type ReactNode, useState } from "react";

interface FoldedProps {
  text: string;
  /** How many lines are shown unless all are asked for. */
  lines: number;
  /** Which end of it is shown. */
  from: "start" | "end";
  children: (shown: string) => ReactNode;
}

/** Long text of which only one end is shown, until a person asks for all of it. */
export function Folded({ text, lines, from, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(false);
  const all = text.split("\n");
  const hidden = all.length - lines;
  if (hidden <= 3) return children(text);
  const shown = isOpen ? text : (from === "start" ? all.slice(0, lines) : all.slice(-lines)).join("\n");
  const button = (
    <button type="button" className="unfold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
      {isOpen ? "Show less" : `Show ${hidden} more lines`}
    </button>
  );
  return (
    <>
      {from === "end" && button}
      {children(shown)}
      {from === "start" && button}
    </>
  );
}
