import { memo, useMemo } from "react";
import { readDiff } from "./diff-lines";
import { Folded } from "./folded";

/** How many lines of a diff are shown before the rest is folded. */
const shownLines = 60;

interface DiffProps {
  diff: string;
  path: string | null;
  oldPath: string | null;
  additions: number;
  deletions: number;
}

/** A change of a file: its name, how much it is, and its lines. */
export const Diff = memo(function Diff({ diff, path, oldPath, additions, deletions }: DiffProps) {
  const lines = useMemo(() => readDiff(diff), [diff]);
  const name = path ?? "several files";
  return (
    <figure className="diff">
      <figcaption>
        <span className="diff-path">{oldPath && oldPath !== path ? `${oldPath} → ${name}` : name}</span>
        <span className="added">+{additions}</span>
        <span className="removed">−{deletions}</span>
      </figcaption>
      <Folded text={lines.map(({ text }) => text).join("\n")} lines={shownLines} from="start">
        {(shown) => (
          <pre tabIndex={0}>
            {lines.slice(0, shown.split("\n").length).map(({ text, kind }, index) => (
              <span key={index} className={`line ${kind}`}>
                {text || " "}
                {"\n"}
              </span>
            ))}
          </pre>
        )}
      </Folded>
    </figure>
  );
});
