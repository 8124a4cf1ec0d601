import { matchesOf } from "./matches.js";
import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
import type { Span } from "./span.js";

const value = `["']?([^\\s"'\`\\\\]{3,256})`;

// A command is looked at once, from its name to its end. It ends with the line unless that is continued, or before the
// next command of a pipe or list.
const commandEnd = /(?<!\\)\n|[|;]\s|&&/g;
const commands = [
  {
    name: "curl",
    option: new RegExp(`\\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\\s:"']{1,100}:${value}`, "g"),
  },
  { name: "mysql", option: new RegExp(`\\s-p${value}`, "g") },
  { name: "sshpass", option: new RegExp(`\\s-p\\s{0,4}${value}`, "g") },
  { name: "redis-cli", option: new RegExp(`\\s-a\\s{1,4}${value}`, "g") },
  { name: " login ", option: new RegExp(`\\s-p\\s{1,4}${value}`, "g") },
  { name: "openssl", option: new RegExp(`\\s-pass(?:in|out)?\\s{1,4}pass:${value}`, "g") },
  { name: "ConvertTo-SecureString", option: /\s(?:-String\s{1,4})?["']([^"'\n]{1,256})/g },
];

const files = [
  // A .netrc file, on one line or several.
  {
    sign: "login",
    pattern:
      /\b(?:machine\s{1,8}\S{1,200}|default)\s{1,40}login\s{1,8}\S{1,200}\s{1,40}password\s{1,8}(\S{1,256})/g,
  },
  // A line of .pgpass: host:port:database:user:password.
  {
    sign: ":",
    pattern: /:(?:54\d\d|6432|\*):(?<=^[^:\s]{1,200}:[\d*]+:)[^:\s]{1,100}:[^:\s]{1,100}:([^\s:]{3,256})$/gm,
  },
  { sign: "IDENTIFIED", pattern: /\bIDENTIFIED(?: WITH [\w']{1,40})? BY\s{1,4}'([^'\n]{1,256})'/g },
];

/** Finds passwords that well-known programs take in a way of their own, in commands and in their credential files. */
export function findCommandSecrets(text: string): Span[] {
  const spans: Span[] = [];
  const add = (offset: number, matches: RegExpExecArray[]) => {
    for (const match of matches) {
      const secret = match[1] ?? "";
      if (isPlaceholder(secret) || isPlainWord(secret) || secret.startsWith("$")) continue;
      const start = offset + match.index + match[0].lastIndexOf(secret);
      spans.push({ start, end: start + secret.length });
    }
  };
  for (const { name, option } of commands) {
    for (let at = text.indexOf(name); at !== -1;) {
      commandEnd.lastIndex = at;
      const end = commandEnd.exec(text)?.index ?? text.length;
      add(at, matchesOf(option, text.slice(at, end)));
      at = text.indexOf(name, Math.max(end, at + 1));
    }
  }
  for (const { sign, pattern } of files) {
    if (text.includes(sign)) add(0, matchesOf(pattern, text));
  }
  return spans;
}
