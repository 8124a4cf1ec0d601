// Values in XML and HTML.

import { codeAt, codeBefore } from "./code-at.js";
import type { AssignedKey } from "./finders/assigned-key.js";
import { endAt } from "./finders/finder.js";
import { isQuote } from "./separator.js";
import { type AssignedValue, readRun } from "./value-text.js";

const element = /(?:\s[\w:.-]{1,40}="[^"\n]{0,120}"){0,3}\s?>(?:<!\[CDATA\[)?/y;
const attribute = /["'](?:\s[\w:.-]{1,40}="[^"\n]{0,120}"){0,2}\s?>(?:<value>)?(?:<!\[CDATA\[)?/y;
// A property list: `<key>ApiKey</key><string>x</string>`.
const listed = /<\/key>\s{0,40}<string>/y;
/** The content of the element that a key names, as its tag or in an attribute of it. */
export function readMarkup(text: string, key: AssignedKey): AssignedValue | undefined {
  const at = contentAt(text, key);
  if (at === -1) return undefined;
  const content = readRun(text, at, "tight");
  return content !== undefined && /^(?:<\/|\]\]>)/.test(text.slice(content.end, content.end + 3))
    ? { ...content, form: "quoted" }
    : undefined;
}

/** Whether a name that begins at `start` is that of an element. */
export function isTag(text: string, start: number): boolean {
  const before = codeBefore(text, start);
  return before === 60 || (before === 58 && /<\w{1,12}:$/.test(text.slice(Math.max(0, start - 14), start)));
}

function contentAt(text: string, { start, end }: AssignedKey): number {
  const code = codeAt(text, end);
  const before = codeBefore(text, start);
  if (isQuote(code)) return isQuote(before) || before === 46 ? endAt(attribute, text, end) : -1;
  if (code === 60) return endAt(listed, text, end);
  return isTag(text, start) ? endAt(element, text, end) : -1;
}
