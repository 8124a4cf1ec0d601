/** How many lines of each kind a diff has. */
export interface DiffCounts {
  additions: number;
  deletions: number;
}

const hunkHeader = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/**
 * Counts the lines that a unified diff adds and takes away. Inside a hunk whose header says how long it is, every line counts by
 * its sign; elsewhere the two lines that name the files, and the one that ends a mailed patch, do not.
 */
export function countLines(diff: string): DiffCounts {
  const counts = { additions: 0, deletions: 0 };
  let oldLeft = 0;
  let newLeft = 0;
  for (let start = 0; start < diff.length;) {
    const newline = diff.indexOf("\n", start);
    const end = newline === -1 ? diff.length : newline;
    const sign = diff.charAt(start);
    const isInHunk = oldLeft > 0 || newLeft > 0;
    if (sign === "@" && !isInHunk) {
      const header = hunkHeader.exec(diff.slice(start, Math.min(end, start + 100)));
      oldLeft = header ? Number(header[1] ?? 1) : 0;
      newLeft = header ? Number(header[2] ?? 1) : 0;
    } else if (sign === "+" && (isInHunk || !diff.startsWith("+++ ", start))) {
      counts.additions += 1;
      newLeft -= 1;
    } else if (
      sign === "-" &&
      (isInHunk || !/^--(?:- | ?$)/.test(diff.slice(start, Math.min(end, start + 4))))
    ) {
      counts.deletions += 1;
      oldLeft -= 1;
    } else if (isInHunk && sign !== "\\") {
      oldLeft -= 1;
      newLeft -= 1;
    }
    start = end + 1;
  }
  return counts;
}
