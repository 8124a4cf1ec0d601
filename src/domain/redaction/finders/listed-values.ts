// Secrets that stand in a list apart from their names: the data of a Kubernetes secret, the rows of an INSERT, the default of a
// variable.

import { codeAt } from "../code-at.js";
import { credentialKind } from "../credential-key.js";
import { type Finder, isWordCharacter, matchAt } from "./finder.js";
import { matchesOf } from "../matches.js";
import { isProven } from "./pattern-finder.js";
import { isSpace } from "../separator.js";
import { spend } from "../work.js";

const windowMax = 4096;
const dataHead = /(?:^|\n)[ \t]{0,20}(?:data|stringData):[ \t]{0,4}\r?\n/g;
const dataLine =
  /[ \t]{1,40}["']?([\w.-]{1,120})["']?:[ \t]{1,4}["']?([^\s"']{4,2048})["']?[ \t]{0,8}\r?(?=\n|$)/y;
const openNames =
  /^(?:user(?:name)?|host|hostname|port|database|dbname|region|namespace|ca\.crt|tls\.crt|email)$/i;

/** The document around a place, up to the `---` that divide it from others. */
function documentAround(text: string, at: number): { from: number; body: string } {
  const least = Math.max(0, at - windowMax);
  const above = text.slice(least, at);
  const below = text.slice(at, at + windowMax);
  const begin = above.lastIndexOf("\n---");
  const close = below.indexOf("\n---");
  const from = begin === -1 ? least : least + begin + 4;
  const body = text.slice(from, at) + (close === -1 ? below : below.slice(0, close));
  spend(10 + (body.length >> 4));
  return { from, body };
}

/** Finds the values below `data:` and `stringData:` of a Kubernetes secret. */
const kubernetesSecret: Finder = {
  signs: ["kind: secret"],
  look({ text, at, from: least, spans }) {
    if (isWordCharacter(codeAt(text, at + 12))) return least;
    const { from, body } = documentAround(text, at);
    for (const head of matchesOf(dataHead, body)) {
      let lineAt = head.index + head[0].length;
      while (isSpace(codeAt(body, lineAt))) {
        dataLine.lastIndex = lineAt;
        const [line = "", name = "", value = ""] = dataLine.exec(body) ?? [];
        if (value !== "" && !openNames.test(name) && isProven(value, "any") && !/^[|>]/.test(value)) {
          const start = from + lineAt + line.lastIndexOf(value);
          spans.push({ start, end: start + value.length });
        }
        const close = body.indexOf("\n", lineAt + line.length);
        lineAt = close === -1 ? body.length : close + 1;
      }
    }
    return Math.max(at + 1, from + body.length);
  },
};

const insert = /insert into [\w."`[\]]{1,80}\s{0,4}\(([\w\s,"`[\]]{1,400})\)\s{1,8}values\s{0,8}\(/iy;
const cell = /\s{0,8}(?:'((?:[^'\n]|''){0,400})'|[^',()]{1,60}|[\w.]{1,30}\([^()\n]{0,80}\))\s{0,4}([,)])/y;

/** Finds what an INSERT puts into a column with a credential's name; of its first row. */
const insertFinder: Finder = {
  signs: ["insert into "],
  look({ text, at, from, spans }) {
    const head = matchAt(insert, text, at);
    if (head === null) return from;
    let next = at + head[0].length;
    for (const column of (head[1] ?? "").split(",")) {
      const match = matchAt(cell, text, next);
      if (match === null) break;
      const value = match[1] ?? "";
      if (value.length > 3 && credentialKind(column.replace(/["`\s[\]]/g, "")) && isProven(value, "random")) {
        const start = next + match[0].indexOf(value);
        spans.push({ start, end: start + value.length });
      }
      next += match[0].length;
      if (match[2] === ")") break;
    }
    return next;
  },
};

const variable = /variable "([\w-]{1,80})" \{[^{}]{0,400}?\bdefault\s{0,12}= {0,4}"([^"\n]{3,256})"/y;

/** Finds the default of a variable of Terraform. */
const variableFinder: Finder = {
  signs: ['variable "'],
  look({ text, at, from, spans }) {
    const match = matchAt(variable, text, at);
    const value = match?.[2] ?? "";
    if (match === null || credentialKind(match[1] ?? "") === undefined || !isProven(value, "any"))
      return from;
    const end = at + match[0].length - 1;
    spans.push({ start: end - value.length, end });
    return end;
  },
};

/** Finds secrets whose names stand apart from them. */
export const listedFinders: readonly Finder[] = [kubernetesSecret, insertFinder, variableFinder];
