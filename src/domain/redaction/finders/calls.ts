import { type Finder, matchAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";

const argument = `(?:"[^"\\n]{0,100}"|'[^'\\n]{0,100}'|[\\w.$]{1,60})`;
const last = `["']([^"'\\s]{3,200})["']`;

/** The calls of code whose argument at this place is a password or a key: what they are called, and how many stand before it. */
const calls: readonly [names: string, before: number][] = [
  ["NetworkCredential( HTTPBasicAuth( BasicAuth( Credentials( Credentials.basic( .login( auth=(", 1],
  ["mysqli_connect( getConnection( pymysql.connect( MySQLdb.connect( psycopg2.connect(", 2],
  ["jwt.sign( jwt.verify( jwt.encode( jwt.decode( createHmac( hmac.new(", 1],
];

function callFinder(name: string, before: number): Finder {
  const escaped = name.replace(/[.()=]/g, "\\$&");
  const pattern = new RegExp(`${escaped}\\s{0,8}(?:${argument},\\s{0,8}){${before}}[bur]?${last}`, "iy");
  return {
    signs: [name.toLowerCase()],
    look({ text, at, from, spans }) {
      const match = matchAt(pattern, text, at);
      const value = match?.[1] ?? "";
      if (match === null || !looksRandom(value) || isPlaceholder(value) || isPlainWord(value)) return from;
      const end = at + match[0].length - 1;
      spans.push({ start: end - value.length, end });
      return end;
    },
  };
}

// The private part of a JSON web key.
const privatePart = /"d"\s{0,2}:\s{0,2}"([\w-]{40,1024})"/y;
const jsonWebKey: Finder = {
  signs: ['"d":', '"d" :'],
  look({ text, at, from, spans }) {
    const value = matchAt(privatePart, text, at)?.[1];
    if (value === undefined) return from;
    const start = text.indexOf(value, at);
    spans.push({ start, end: start + value.length });
    return start + value.length;
  },
};

/** Finds passwords and keys that code passes to calls that are known to take one, and private JSON web keys. */
export const callFinders: readonly Finder[] = [
  ...calls.flatMap(([names, before]) => names.split(" ").map((name) => callFinder(name, before))),
  jsonWebKey,
];
