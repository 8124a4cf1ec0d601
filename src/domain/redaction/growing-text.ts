// A text that is shown while it is being made. What could be the beginning of a secret is held back until it is told apart:
// the characters that follow may make a password of the word that stands at the end, and what was shown cannot be taken back.

import { isInsideWord } from "./finders/finder.js";
import { FoundValues } from "./found-values.js";
import { openBeforeName, openBlock, openHeading } from "./open-secrets.js";
import { secretFormats } from "./secret-formats.js";
import { findSecrets } from "./secret-spans.js";
import { REDACTED, type Span, replaceSpans } from "./span.js";
import { Work } from "./work.js";

/** How much of what was shown before is read again with what follows, so that the name before a value is known. */
export const shownMax = 2048;

/** How much of it is read again with each of {@link endings}, and how much more to the beginning of a line. */
const nearMax = 240;
const lineMax = 240;

/** How far from the end a value that is not over begins at most, but one that is known as a secret already. */
const farMax = 4096;

/** What is read where a secret was shown as `[REDACTED]`. */
const standIn = "7hQ9xZ2kLm4Vb8Rt";

/** What of a growing text may be shown next, without its secrets, and what is held back, as it came. */
export type Release = { shown: string; held: string };

/** What was a secret earlier in the text. It need not know the secrets themselves. */
export interface EarlierSecrets {
  has(value: string): boolean;
  add(value: string): void;
}

/**
 * Says what may be shown of `held`, the text as it came behind `before`, which was shown. Whatever follows, no secret that its
 * form or what stands before it tells begins in what is shown. A secret that only what stands behind it tells is shown, and so
 * are a few small letters of one whose form has its sign inside. A word that was a secret before is one again.
 */
export function release(before: string, held: string, earlier?: EarlierSecrets): Release {
  // A secret may follow that another tells: the new password behind the old one.
  const context = before.replaceAll(REDACTED, standIn);
  const whole = context + held;
  const spans = search(whole);
  const length = Math.max(0, firstOpen(whole, context.length, spans) - context.length);
  const ended = spans.map(({ start, end }) => ({
    start: Math.max(0, start - context.length),
    end: Math.min(length, end - context.length),
  }));
  const taken = ended.filter(({ start, end }) => start < end);
  if (earlier) taken.push(...findAgain(held.slice(0, length), taken, earlier));
  return { shown: replaceSpans(held.slice(0, length), taken).text, held: held.slice(length) };
}

/** The secrets of a text. One that costs more than {@link Work} allows is a secret as a whole, and waits for its event. */
function search(text: string): Span[] {
  const work = new Work();
  work.allow(text.length);
  const spans = findSecrets(text, work);
  return work.isOver ? [{ start: 0, end: text.length }] : spans;
}

const words = /[^\s"'`]{8,}/g;
const parts = /[^\s"'`,;:=()<>[\]{}|&]{8,}/g;

/** The words of what is shown that were secrets before; notes those that are now. */
function findAgain(text: string, taken: readonly Span[], earlier: EarlierSecrets): Span[] {
  const found = new FoundValues();
  for (const { start, end } of taken) found.add(text.slice(start, end));
  for (const value of found.telling) earlier.add(value);
  return [words, parts].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(({ 0: run, index }) => {
      const word = [run, run.replace(/[.,;:!?)\]}]+$/, "")].find((each) => earlier.has(each));
      return word === undefined ? [] : [{ start: index, end: index + word.length }];
    }),
  );
}

/** Where the first secret may begin that the text's end does not end; the text's length if none may. */
function firstOpen(whole: string, shown: number, spans: readonly Span[]): number {
  let open = Math.min(openRun(whole), openHeading(whole), openBlock(whole), openBeforeName(whole));
  for (const { start, end } of spans) if (end === whole.length) open = Math.min(open, start);
  const from = Math.max(lineStart(whole, shown - nearMax), whole.length - farMax);
  const near = whole.slice(from);
  for (const ending of endings)
    for (const { start, end } of search(near + ending))
      if (end > near.length) open = Math.min(open, from + start);
  // A secret is shown whole or not at all; where they overlap, together.
  for (let moved = true; moved;) {
    moved = false;
    for (const { start, end } of spans) {
      if (start >= open || end <= open) continue;
      open = start;
      moved = true;
    }
  }
  const isPair = open > 0 && open < whole.length && /[\uDC00-\uDFFF]/.test(whole.charAt(open));
  return isPair ? open - 1 : open;
}

/**
 * How a text might go on. What is found with one of them, and not without, is the value of a name that stands in the text, so
 * far as it has come.
 */
const endings = [
  "7hQ9xZ2kLm4Vb8RtY3wN6pJ1cD5fG0sA7hQ9xZ2kLm4Vb8Rt",
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
  "zqx7vk2mwp9j",
  "X7!q9#Zk2",
  '7hQ9xZ2kLm4Vb8Rt"',
  "7hQ9xZ2kLm4Vb8Rt'",
  "7hQ9xZ2kLm4Vb8Rt')",
  '7hQ9xZ2k"\n',
  "7hQ9xZ2kLm4Vb8Rt\n",
  "=7hQ9xZ2kLm4Vb8Rt; Path=/\n",
  "7hQ9xZ2kLm4Vb8Rt]",
  "7hQ9xZ2kLm4Vb8Rt', '7hQ9xZ2kLm4Vb8Rt']",
  "'7hQ9xZ2kLm4Vb8Rt']",
  ", '7hQ9xZ2kLm4Vb8Rt']",
  '7hQ9xZ2kLm4Vb8Rt\n"""',
  "7hQ9xZ2k 256 -- a b",
  "7hQ9xZ2kLm@db.example.test/x",
  "aaa zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra",
  " zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra zebra",
  "4k7m2p-9x3t6w 4k7m2p-9x3t6w 4k7m2p-9x3t6w",
] as const;

/** What begins a secret that its form tells, and whether it must begin a word. */
const signs: readonly { sign: string; word: boolean }[] = [
  ...secretFormats.flatMap(({ prefixes, word }) => prefixes.map((sign) => ({ sign, word }))),
  // JSON in base64, Discord's number of a bot, Twitter's noughts.
  ..."eyJ eyd eyAi W3si ewog ewoJ ew0K LS0tLS1CRUdJTi sk.eyJ AAAAAAAAAAAAAAAAAAAA"
    .split(" ")
    .map((sign) => ({ sign, word: false })),
];
const signsByFirst = new Map<string, typeof signs>();
for (const each of signs) {
  const first = each.sign.charAt(0);
  signsByFirst.set(first, [...(signsByFirst.get(first) ?? []), each]);
}

/** A run that ends with the text, of everyday letters: no part of a key. */
const everyday = /^["'“‘«([*_`]{0,3}[A-Z]?[a-z]{1,10}(?:['’][a-z]{1,2})?[.,:;!?…)\]"'”’»*_`]{0,3}$/;
const onlyHex = /^[a-f]+$/;
const botNumber = /^[MNO](?:$|[DTjz](?:$|[AEIMQUYcgk]))/;

/**
 * Where the run of characters at the end of the text begins that may become a secret of a known form: all of it unless it is
 * an everyday word, and of that what may be a form's sign.
 */
function openRun(whole: string): number {
  const start = runStart(whole);
  const run = whole.slice(start);
  if (run === "") return start;
  if (!everyday.test(run) || onlyHex.test(run) || botNumber.test(run)) {
    return /[\p{L}\p{N}]/u.test(run) || run.length > 3 || mayBeSign(whole, start) ? start : whole.length;
  }
  const first = start + run.search(/\p{L}/u);
  if (mayBeSign(whole, first)) return first;
  // Inside a word one or two letters of a sign tell nothing, and are no part of what is secret.
  for (let at = first + 1; at < whole.length - 2; at += 1) if (mayBeSign(whole, at)) return at;
  return whole.length;
}

/** Whether a form's sign stands at the place, or so much of one as there is text. */
function mayBeSign(whole: string, at: number): boolean {
  return (
    signsByFirst.get(whole.charAt(at))?.some(({ sign, word }) => {
      const text = whole.slice(at, at + sign.length);
      return sign.startsWith(text) && !(word && isInsideWord(whole, at));
    }) ?? false
  );
}

/** Where the characters begin that no white space parts from the end; a line that a backslash continues goes on. */
function runStart(whole: string): number {
  let start = whole.length;
  for (; start > 0; start -= 1) {
    if (!isWhiteSpace(whole.charCodeAt(start - 1))) continue;
    const joint = /[\\`^]\r?\n$|[\\`^]\r$/.exec(whole.slice(Math.max(0, start - 3), start));
    if (joint === null) break;
    start -= joint[0].length - 1;
  }
  return start;
}

/** Where the line begins in which the place stands, or a word of it if it is long; 0 for a place before the text. */
function lineStart(whole: string, at: number): number {
  if (at <= 0) return 0;
  const from = Math.max(0, at - lineMax);
  const before = whole.slice(from, at);
  return from + Math.max(before.lastIndexOf("\n"), before.indexOf(" ")) + 1;
}

function isWhiteSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
