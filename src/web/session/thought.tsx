import { Markdown } from "../text/markdown";

/** What the agent thinks, folded: its first line tells whether to look. */
export function Thought({ text }: { text: string }) {
  const first = text.trim().split("\n", 1)[0] ?? "";
  const isShort = first === text.trim() && first.length <= 120;
  if (isShort) return <p className="thought">{first}</p>;
  return (
    <details className="thought">
      <summary>{first}</summary>
      <Markdown text={text} />
    </details>
  );
}
