import { mkdir, readFile, writeFile } from "node:fs/promises";

/** What one bench found, as a part of the page. */
export interface Section {
  /** The bench's name: what was written of it before is written over. */
  name: string;
  title: string;
  /** Markdown, in its order. */
  parts: readonly string[];
  /** Pictures that the parts show, by the names of their files in `graphs`. */
  graphs: Readonly<Record<string, string>>;
}

/** Beside the source, not beside what is compiled. */
const folder = new URL("../../../../test/bench/results/", import.meta.url);
const page = new URL("RESULTS.md", folder);

/** Writes a section to RESULTS.md, with the day and the machine. The others are left as they are; a new one comes last. */
export async function writeSection({ name, title, parts, graphs }: Section, machine: string): Promise<void> {
  const pictures = new URL("graphs/", folder);
  await mkdir(pictures, { recursive: true });
  for (const [file, svg] of Object.entries(graphs)) await writeFile(new URL(file, pictures), svg);
  const [beginning, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const day = new Date().toISOString().slice(0, 10);
  const written = [beginning, `## ${title}`, `Measured on ${day}: ${machine}.`, ...parts, end].join("\n\n");
  const text = await readFile(page, "utf8");
  const [from, to] = [text.indexOf(beginning), text.indexOf(end)];
  const isThere = from !== -1 && to > from;
  const whole = isThere
    ? text.slice(0, from) + written + text.slice(to + end.length)
    : `${text.trimEnd()}\n\n${written}\n`;
  await writeFile(page, whole);
}

/** A table: what its first column holds stands left, the numbers right. */
export function composeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
