// Values of YAML that are no plain word on the line of their key.

import type { Span } from "./span.js";
import { spend } from "./work.js";

const blockHead = /[|>][+-]?\d?[+-]?[ \t]{0,8}\r?\n/y;
const blockMax = 8192;
const nextLine = /\r?\n([ \t]{1,40}(?:- )?)(["']?)([^\s"':]{6,128})\2[ \t]{0,8}(?=\r?\n|$)/y;

/** How far the key's line is indented; a dash of a list counts as white space. */
function indentOf(text: string, at: number): number {
  spend(5);
  const before = text.slice(Math.max(0, at - 100), at);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return /^[ \t-]*/.exec(line)?.[0].length ?? 0;
}

/** The block behind `|` or `>`: the lines that are indented further than their key's. */
export function readBlock(text: string, keyAt: number, at: number): (Span & { text: string }) | undefined {
  blockHead.lastIndex = at;
  if (!blockHead.test(text)) return undefined;
  const indent = indentOf(text, keyAt);
  const from = blockHead.lastIndex;
  const window = text.slice(from, from + blockMax);
  let end = 0;
  let passed = 0;
  for (let lineAt = 0; lineAt < window.length;) {
    const close = window.indexOf("\n", lineAt);
    const lineEnd = close === -1 ? window.length : close;
    const line = window.slice(lineAt, lineEnd);
    passed = lineEnd;
    const lead = line.length - line.trimStart().length;
    if (line.trim() !== "" && lead <= indent) break;
    if (line.trim() !== "") end = lineEnd;
    lineAt = lineEnd + 1;
  }
  spend(8 + (passed >> 3));
  const lead = /^\s*/.exec(window)?.[0].length ?? 0;
  if (end <= lead) return undefined;
  return { start: from + lead, end: from + end, text: window.slice(lead, end).trimEnd() };
}

// Something must stand between two items: a run that may be divided anywhere is tried in every way.
const list =
  /\[[ \t]{0,8}(["']?[^\s"',[\]]{3,256}["']?(?:(?:,[ \t]{0,8}|[ \t]{1,8})["']?[^\s"',[\]]{3,256}["']?){0,15}(?:,[ \t]{0,8}|[ \t]{1,8})?)\]/y;

/** What stands between the brackets of a list on one line. */
export function readList(text: string, at: number): (Span & { text: string }) | undefined {
  list.lastIndex = at;
  const items = list.exec(text)?.[1]?.trimEnd();
  spend(8);
  if (items === undefined) return undefined;
  const start = text.indexOf(items, at);
  return { start, end: start + items.length, text: items };
}

/** The only word of the next line, if it is indented further than the key's. */
export function readNextLine(text: string, keyAt: number, at: number): (Span & { text: string }) | undefined {
  nextLine.lastIndex = at;
  const match = nextLine.exec(text);
  spend(2);
  const [all = "", lead = "", , value = ""] = match ?? [];
  if (match === null || lead.length <= indentOf(text, keyAt)) return undefined;
  const start = at + all.lastIndexOf(value);
  return { start, end: start + value.length, text: value };
}
