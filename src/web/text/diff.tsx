import { memo } from "react";
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
  const name = path ?? "several files";
  return (
    <figure className="diff">
      <figcaption>
        <span className="diff-path">{oldPath && oldPath !== path ? `${oldPath} → ${name}` : name}</span>
        <span className="added">+{additions}</span>
        <span className="removed">−{deletions}</span>
      </figcaption>
      <Folded text={withoutHead(diff)} lines={shownLines} from="start">
        {(shown) => (
          <pre tabIndex={0}>
            {shown.split("\n").map((line, index) => (
              <span key={index} className={kindOf(line)}>
                {line || " "}
                {"\n"}
              </span>
            ))}
          </pre>
        )}
      </Folded>
    </figure>
  );
});

/** The names of the file stand above it already. */
function withoutHead(diff: string): string {
  const start = diff.search(/^@@ /m);
  const isOneFile = (diff.match(/^\+\+\+ /gm)?.length ?? 0) <= 1;
  return (isOneFile && start > 0 ? diff.slice(start) : diff).replace(/\n$/, "");
}

function kindOf(line: string): string {
  if (line.startsWith("@@")) return "line hunk";
  if (/^(?:diff |index |--- |\+\+\+ )/.test(line)) return "line head";
  if (line.startsWith("+")) return "line added";
  if (line.startsWith("-")) return "line removed";
  return "line";
}
