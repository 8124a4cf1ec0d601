// A value whose quotes stand around its name too, as a shell takes a word: `"--password=two words"`, `-e "PASSWORD=two words"`.

import { codeAt, codeBefore } from "../code-at.js";
import type { AssignedKey } from "./assigned-key.js";
import { isEnvironmentName } from "./assigned-value.js";
import { isQuote, isSpace } from "../separator.js";
import { type AssignedValue, endOfArgument } from "../value-text.js";
import { spend } from "../work.js";

const reach = 48;
// No option that takes a command: `bash -c "PASSWORD=x make"`.
const behindOption =
  /(?:^|[\s;&|("'`\\])-{1,2}(?:e|env[\w-]{0,20}|set[\w-]{0,20}|build-arg|from-literal|var|extra-vars|param\w{0,10}|[DPv])[\s=]{0,4}$/;
const behindDeclaration = /(?:^|[\s;&|("'`])(?:env|export|set|declare|local)\s{1,4}$/i;
const behindWord = /[^\s:=,([{]\s{1,4}$/;
const inList = /[[,]\s{0,16}$/;

/** The whole of a value that ends at white space or another quote and goes on up to the quote that closes the word; undefined where none does. */
export function readQuotedWord(
  text: string,
  key: AssignedKey,
  value: AssignedValue,
): AssignedValue | undefined {
  const next = codeAt(text, value.end);
  if (value.form !== "tight" || !(isSpace(next) || isQuote(next))) return undefined;
  let start = key.start;
  while (key.start - start < 2 && codeBefore(text, start) === 45) start -= 1;
  if (!isQuote(codeBefore(text, start))) return undefined;
  let opening = start - 1;
  while (start - opening < 4 && codeBefore(text, opening) === 92) opening -= 1;
  const quote = text.slice(opening, start);
  const end = endOfArgument(text, value.start, quote);
  if (end === undefined || end <= value.end) return undefined;
  spend(4);
  // Options and other variables are words of their own.
  if (/\s-|\s\w{1,80}=/.test(text.slice(value.end, end))) return undefined;
  const before = text.slice(Math.max(0, opening - reach), opening);
  const behind = text.slice(end + quote.length, end + quote.length + 16);
  if (!isWord(text, key, before, behind)) return undefined;
  return { start: value.start, end, form: "quoted", text: text.slice(value.start, end) };
}

/** Whether what stands around the quotes tells that they hold one word of a command, and not a command or a sentence. */
function isWord(text: string, key: AssignedKey, before: string, behind: string): boolean {
  if (key.flag && inList.test(before)) return /^\s{0,16}[,\]]|^$/.test(behind);
  if (!/^[\s;|&)\\"'`,\]}]|^$/.test(behind)) return false;
  if (key.flag && behindWord.test(before)) return true;
  return behindOption.test(before) || (isEnvironmentName(text, key) && behindDeclaration.test(before));
}
