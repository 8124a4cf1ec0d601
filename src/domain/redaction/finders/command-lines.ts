import { codeAt, codeBefore } from "../code-at.js";
import { type Finder, type Sighting, isWordCharacter, matchAt } from "./finder.js";
import { matchesOf } from "../matches.js";
import { isPlaceholder } from "../placeholder.js";
import { isDescription, isPlainWord } from "../plain-word.js";
import { commands, optionValue } from "./command-options.js";
import { looksRandom } from "../randomness.js";
import { REDACTED } from "../span.js";
import { endOfArgument } from "../value-text.js";
import { spend } from "../work.js";

// A command is looked at once, from its name to where it ends: the line, unless continued, or the next command of a pipe.
const commandEnd = /\n|[|;]\s|&&/g;
const commandMax = 4096;

/** Adds what the matches of a pattern hold, which was applied to the text from `offset` on. */
function addMatches(
  { text, spans }: Pick<Sighting, "text" | "spans">,
  offset: number,
  matches: readonly RegExpExecArray[],
): void {
  for (const match of matches) {
    spend(3);
    const word = match[1] ?? match[2] ?? match[3] ?? "";
    const before = match[0].slice(0, match[0].lastIndexOf(word));
    const start = offset + match.index + before.length;
    const quote = openQuote(before);
    const end = (quote === "" ? undefined : endOfArgument(text, start, quote)) ?? start + word.length;
    if (word.startsWith("$") || isNoSecret(word, text.slice(start, end))) continue;
    spans.push({ start, end: Math.max(end, start + word.length) });
  }
}

/** The quote, with its backslashes, that the last word of what stands before a value opens and does not close: `"bob:`; "" for none. */
function openQuote(before: string): string {
  let open = "";
  const word = /\S{0,128}$/.exec(before)?.[0] ?? "";
  for (const { 0: quote } of word.matchAll(/\\{0,3}["']/g))
    if (open === "") open = quote;
    else if (open === quote) open = "";
  return open;
}

/** Whether the first word of a value is none of a password, or the whole says what belongs there. */
function isNoSecret(word: string, whole: string): boolean {
  if (!/\s/.test(whole)) return isPlaceholder(word) || isPlainWord(word);
  return whole.includes(REDACTED) || isPlaceholder(whole) || isDescription(whole);
}

function commandFinder(name: string, pattern: RegExp): Finder {
  return {
    signs: [name.toLowerCase()],
    look({ text, at, from, spans }) {
      const next = codeAt(text, at + name.length);
      if (at > 0 && (isWordCharacter(codeBefore(text, at)) || codeBefore(text, at) === 45)) return from;
      if (next !== 32 && next !== 9 && !(next === 46 && text.startsWith(".exe", at + name.length)))
        return from;
      const window = text.slice(at, at + commandMax);
      commandEnd.lastIndex = 0;
      const end = commandEnd.exec(window)?.index ?? window.length;
      spend(4 + (end >> 4));
      addMatches({ text, spans }, at, matchesOf(pattern, window.slice(0, end)));
      return at + end;
    },
  };
}

/** A pattern that is tried where its sign stands; it begins with the sign, and is bounded. */
function patternFinder(sign: string, source: string): Finder {
  const pattern = new RegExp(source, "iy");
  return {
    signs: [sign],
    look({ text, at, from, spans }) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      spend(1);
      if (match === null) return from;
      addMatches({ text, spans }, 0, [match]);
      return at + match[0].length;
    },
  };
}

// .pgpass: host:port:database:user:password
const pgpassRest = /:[^:\s]{1,100}:[^:\s]{1,100}:([^\s:]{3,256})(?![^\n])/y;
const pgpass: Finder = {
  signs: [":543", ":6432:", ":*:"],
  look({ text, at, from, spans }) {
    const port = text.indexOf(":", at + 1);
    if (port === -1 || port > at + 6) return from;
    let start = at;
    while (start > Math.max(from, at - 200) && !/[\s:]/.test(text[start - 1] ?? "")) start -= 1;
    if (start === at || (start > 0 && text[start - 1] !== "\n")) return from;
    pgpassRest.lastIndex = port;
    const match = pgpassRest.exec(text);
    if (match === null) return from;
    addMatches({ text, spans }, 0, [match]);
    return port + match[0].length;
  },
};

// `echo x | sudo -S`: the secret stands before the command that reads it.
const piped: Finder = {
  signs: [
    "--password-stdin",
    "passwd --stdin",
    "sudo -s",
    "--with-token",
    "| kinit",
    "| passwd ",
    "| cryptsetup",
    "| docker secret create",
    "| base64",
    "secret put ",
  ],
  look({ text, at, from, spans }) {
    const before = text.slice(Math.max(from, at - 300), at);
    spend(1 + (before.length >> 3));
    const match =
      /(?:echo|printf|yes)\s{1,4}(?:-n\s{1,4}|["']%s(?:\\n)?["']\s{1,4})?["']?([^\s"'|`]{4,200})["']?\s{0,4}\|?[^|\n]{0,80}$/.exec(
        before,
      );
    if (match && looksRandom(match[1] ?? "")) addMatches({ text, spans }, at - before.length, [match]);
    return at;
  },
};

// `tool -u bob -p x`, whatever the tool.
const userAndPassword =
  /-{1,2}u(?:ser(?:name)?)?[ =]["']?[\w.@\\-]{1,64}["']?\s{1,4}-p[ ]["']?([^\s"'`|;]{6,128})/iy;
const userOption: Finder = {
  signs: [" -u ", " --user ", " --username "],
  look({ text, at, from, spans }) {
    spend(2);
    userAndPassword.lastIndex = at + 1;
    const match = userAndPassword.exec(text);
    if (match === null || !looksRandom(match[1] ?? "") || /^\d+:|:\d+$/.test(match[1] ?? "")) return from;
    addMatches({ text, spans }, 0, [match]);
    return at + match[0].length;
  },
};

// `echo "root:x" | chpasswd`: the secret stands before the command.
const chpasswd: Finder = {
  signs: ["chpasswd"],
  look({ text, at, from, spans }) {
    const before = text.slice(Math.max(from, at - 300), at);
    spend(1 + (before.length >> 3));
    const match = /[\s"'][\w.-]{1,40}:([^\s"':]{3,128})["']?(?:\\n["']?)?\s{0,4}\|\s{0,4}(?:sudo\s)?$/.exec(
      before,
    );
    if (match) addMatches({ text, spans }, at - before.length, [match]);
    return at;
  },
};

// `sudo -S <<< x`: the secret stands behind the command that reads it.
const hereString = /<<<\s{0,2}\$?["']?([^\s"'`$]{6,128})/y;
const reader =
  /\b(?:sudo|su|passwd|chpasswd|cryptsetup|vncpasswd|smbpasswd|pure-pw|kinit|secret put|login|gpg|openssl)\b[^\n]{0,80}$/;
const here: Finder = {
  signs: ["<<<"],
  look({ text, at, from, spans }) {
    spend(4);
    if (!reader.test(text.slice(Math.max(from, at - 100), at))) return from;
    const match = matchAt(hereString, text, at);
    if (match === null || !looksRandom(match[1] ?? "")) return from;
    addMatches({ text, spans }, 0, [match]);
    return at + match[0].length;
  },
};

const netrc = "\\s{1,40}login\\s{1,8}\\S{1,200}\\s{1,40}password\\s{1,8}(\\S{1,256})";

/** Finds passwords given to well-known programs in their own way, in commands and in their credential files. */
export const commandFinders: readonly Finder[] = [
  ...commands.flatMap(([names, pattern]) => names.split(" ").map((name) => commandFinder(name, pattern))),
  patternFinder("machine ", `machine\\s{1,8}\\S{1,200}${netrc}`),
  patternFinder("default", `default${netrc}`),
  patternFinder(
    "identified ",
    "identified(?: with [\\w']{1,40})? by\\s{1,4}(?:'([^'\\n]{1,256})'|\"([^\"\\n]{1,256})\"|((?=\\w{0,30}\\d)\\w{6,64}))",
  ),
  patternFinder("oracle:thin:", `oracle:thin:[\\w$]{1,60}/${optionValue}@`),
  patternFinder("requirepass ", `requirepass\\s{1,8}${optionValue}`),
  patternFinder("masterauth ", `masterauth\\s{1,8}${optionValue}`),
  patternFinder("vault login ", `vault login (?:-\\S{1,40} ){0,3}([\\w.-]{16,200})`),
  patternFinder("chpasswd <<<", `chpasswd <<<\\s{0,4}["']?[\\w.-]{1,40}:${optionValue}`),
  patternFinder("snyk auth ", "snyk auth ([0-9a-f-]{36})"),
  here,
  pgpass,
  chpasswd,
  piped,
  userOption,
];
