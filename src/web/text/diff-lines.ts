/** A line of a diff. Those of the head name files. */
interface DiffLine {
  text: string;
  kind: "head" | "hunk" | "added" | "removed" | "other";
}

const hunkHeader = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const naming = /^(?:diff |index |--- |\+\+\+ )/;

/**
 * Reads a unified diff. In a hunk whose header says how long it is, every line is by its sign what it is. The names of one file are left
 * out, since they stand above it; what else becomes of it, and all of several files, stays.
 */
export function readDiff(diff: string): DiffLine[] {
  let oldLeft = 0;
  let newLeft = 0;
  const lines = diff
    .replace(/\n$/, "")
    .split("\n")
    .map((text): DiffLine => {
      const sign = text.charAt(0);
      const isInHunk = oldLeft > 0 || newLeft > 0;
      if (!isInHunk && text.startsWith("@@")) {
        const header = hunkHeader.exec(text);
        oldLeft = header ? Number(header[1] ?? 1) : 0;
        newLeft = header ? Number(header[2] ?? 1) : 0;
        return { text, kind: "hunk" };
      }
      if (!isInHunk && naming.test(text)) return { text, kind: "head" };
      if (sign !== "+" && sign !== "\\") oldLeft -= 1;
      if (sign !== "-" && sign !== "\\") newLeft -= 1;
      return { text, kind: sign === "+" ? "added" : sign === "-" ? "removed" : "other" };
    });
  const files = (name: string) => lines.filter(({ kind, text }) => kind === "head" && text.startsWith(name));
  if (files("diff ").length > 1 || files("+++ ").length > 1) return lines;
  const begin = lines.findIndex(({ kind }) => kind === "hunk");
  const told = lines.filter(({ kind }, place) => kind !== "head" || (begin >= 0 && place > begin));
  return told.length > 0 ? told : lines;
}
