import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
import type { Span } from "./span.js";

// Each pattern looks at most 300 characters past the name of its command, so a failed try has a fixed price.
const gap = "(?:[^\\n]|\\\\\\n){0,300}?";
const value = `["']?([^\\s"'\`\\\\]{3,256})`;

const commands = [
  // curl -u user:password
  {
    word: "curl",
    pattern: new RegExp(
      `\\bcurl\\b${gap}\\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\\s:"']{1,100}:${value}`,
      "g",
    ),
  },
  // mysql -psecret
  { word: "mysql", pattern: new RegExp(`\\bmysql(?:dump|admin|import)?\\b${gap}\\s-p${value}`, "g") },
  { word: "sshpass", pattern: new RegExp(`\\bsshpass\\s{1,4}-p\\s{0,4}${value}`, "g") },
  { word: "redis-cli", pattern: new RegExp(`\\bredis-cli\\b${gap}\\s-a\\s{1,4}${value}`, "g") },
  {
    word: "login",
    pattern: new RegExp(
      `\\b(?:docker|podman|helm|az|oras)\\b${gap}\\blogin\\b${gap}\\s-p\\s{1,4}${value}`,
      "g",
    ),
  },
  { word: "pass:", pattern: new RegExp(`\\s-pass(?:in|out)?\\s{1,4}pass:${value}`, "g") },
  {
    word: "SecureString",
    pattern: /\bConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?["']([^"'\n]{1,256})/g,
  },
  // .netrc, on one line or several
  {
    word: "password",
    pattern:
      /\b(?:machine\s{1,8}\S{1,200}|default)\s{1,40}login\s{1,8}\S{1,200}\s{1,40}password\s{1,8}(\S{1,256})/g,
  },
  // .pgpass: host:port:database:user:password
  { word: ":", pattern: /^[^:\s]{1,200}:(?:54\d\d|6432|\*):[^:\s]{1,100}:[^:\s]{1,100}:([^\s:]{3,256})$/gm },
  { word: "IDENTIFIED", pattern: /\bIDENTIFIED(?: WITH [\w']{1,40})? BY\s{1,4}'([^'\n]{1,256})'/g },
];

/** Passwords given to well-known programs in their own way, in commands and in their credential files. */
export function findCommandSecrets(text: string): Span[] {
  const spans: Span[] = [];
  for (const { word, pattern } of commands) {
    if (!text.includes(word)) continue;
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? "";
      if (isPlaceholder(secret) || isPlainWord(secret) || secret.startsWith("$")) continue;
      const start = match.index + match[0].lastIndexOf(secret);
      spans.push({ start, end: start + secret.length });
    }
  }
  return spans;
}
