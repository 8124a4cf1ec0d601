// A command whose words come as a list, as programs are given them. In a text the words before an option's value tell that it is a
// secret; so such a list is read as the line that it would be in a shell.

import type { JsonObject, JsonValue } from "../json-value.js";
import { isCommandName } from "./finders/command-options.js";
import type { Span } from "./span.js";
import { upperBound } from "./upper-bound.js";

/** What is secret in each item of a list, by its index. */
export type ItemSpans = ReadonlyMap<number, readonly Span[]>;

/** How much of a command is read as one line. What stands behind it, and a word of several lines, is searched by itself alone. */
const lineMax = 16_384;

/** Among how many words the command's name is looked for: `sudo -u app mysql`, `docker exec db mysql`. */
const nameMax = 8;

const commandKey = /^(?:argv|command|cmd|command_?line|cmd_?line|entrypoint)$/i;
const argumentsKey = /^arg(?:ument)?s$/i;
const programKeys = ["command", "cmd", "program", "executable"];

/**
 * Finds what is secret in a list of a command's words because of the words beside it; undefined where it is no such list. It is one
 * by the key that holds it, by the program beside it, or if it names a known program and an option. `search` finds the
 * secrets of a text.
 */
export function findInCommand(
  items: readonly JsonValue[],
  key: string,
  holder: JsonObject | undefined,
  search: (line: string) => Span[],
): ItemSpans | undefined {
  const program = programBefore(key, holder) ?? (namesProgram(items) ? [] : undefined);
  if (program === undefined || program.length + items.length < 2 || !items.every(isWord)) return undefined;
  const line = new Line([...program, ...items.map(String)].map((word) => (word.includes("\n") ? "" : word)));
  const found = new Map<number, Span[]>();
  for (const span of search(line.text))
    for (const { word, start, end } of line.wordsOf(span)) {
      const index = word - program.length;
      if (index >= 0) found.set(index, [...(found.get(index) ?? []), { start, end }]);
    }
  return found;
}

function isWord(value: JsonValue): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The words that stand before the list's in a command; undefined where its key tells of none. */
function programBefore(key: string, holder: JsonObject | undefined): string[] | undefined {
  if (commandKey.test(key)) return [];
  if (holder === undefined || !argumentsKey.test(key)) return undefined;
  const program = programKeys.map((name) => holder[name]).find((value) => value !== undefined) ?? null;
  if (Array.isArray(program)) return program.every(isWord) ? program.map(String) : undefined;
  return typeof program === "string" ? [program] : undefined;
}

/** Whether one of the first words is a known program, and one that follows an option. */
function namesProgram(items: readonly JsonValue[]): boolean {
  const first = items.slice(0, nameMax);
  const at = first.findIndex((item) => typeof item === "string" && isCommandName(nameOf(item)));
  return at !== -1 && items.some((item, n) => n > at && typeof item === "string" && /^-{1,2}\w/.test(item));
}

/** `/usr/bin/mysql`, `C:\bin\mysql.exe` */
function nameOf(program: string): string {
  if (program.length > 256) return "";
  return program
    .slice(Math.max(program.lastIndexOf("/"), program.lastIndexOf("\\")) + 1)
    .replace(/\.exe$/i, "");
}

const quotes = ['"', "'", "`"];

/** Words as one line, those with white space in quotes. */
class Line {
  readonly text: string;
  readonly #words: readonly string[];
  /** Where each of the words begins in it. */
  readonly #starts: readonly number[];

  constructor(words: readonly string[]) {
    let text = "";
    const starts: number[] = [];
    for (const word of words) {
      if (text.length > lineMax) break;
      const quote =
        word !== "" && !/\s/.test(word) ? "" : (quotes.find((each) => !word.includes(each)) ?? '"');
      const lead = `${text === "" ? "" : " "}${quote}`;
      starts.push(text.length + lead.length);
      text += lead + word + quote;
    }
    this.text = text.slice(0, lineMax);
    this.#words = words;
    this.#starts = starts;
  }

  /** The part of each word that a stretch of the line covers. */
  *wordsOf({ start, end }: Span): Generator<Span & { word: number }, void> {
    for (let word = Math.max(0, upperBound(this.#starts, start) - 1); word < this.#starts.length; word += 1) {
      const at = this.#starts[word] as number;
      if (at >= end) break;
      const from = Math.max(0, start - at);
      const to = Math.min((this.#words[word] as string).length, end - at);
      if (from < to) yield { word, start: from, end: to };
    }
  }
}
