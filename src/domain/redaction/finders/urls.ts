import { type Finder, matchAt } from "./finder.js";
import { valueFinder } from "./pattern-finder.js";
import { isPlaceholder } from "../placeholder.js";
import { looksRandom } from "../randomness.js";
import type { Span } from "../span.js";
import { spend } from "../work.js";

/** The longest user and password that are looked at. */
const authorityMax = 1300;
const authority = /:\/\/([^\s/"'`<>?#\\@:]{0,256}):([^\s/"'`<>\\]{1,1024})@(?!sha\d+:)/y;
// A password with a slash in it: what should be the port is no number.
const slashed = /:\/\/([^\s/"'`<>?#\\@:]{1,128}):([^\s"'`<>\\@]{1,128})@(?!sha\d+:)[A-Za-z0-9.-]/y;
const signature = /[?&][\w-]{3,16}=([^\s&"'`<>\\]{16,48})/y;
const signatureRest = /[^\s&"'`<>\\]*/y;
const dsnMax = 256;

function add(spans: Span[], start: number, value: string, user = ""): number {
  // As every manual writes it.
  if (/^user(?:name)?$/i.test(user) && /^pass(?:word)?$/i.test(value)) return start + value.length;
  if (!isPlaceholder(value) && !/^(?:PASSWORD|PASS|PWD)$/.test(value)) {
    spans.push({ start, end: start + value.length });
  }
  return start + value.length;
}

/** Most URLs have no user: a search for `@` costs less than a pattern. */
function mayHaveUser(text: string, at: number): boolean {
  return text.slice(at, at + authorityMax).includes("@");
}

const urlFinder: Finder = {
  signs: ["://"],
  look({ text, at, from, spans }) {
    if (!mayHaveUser(text, at)) return from;
    const plain = matchAt(authority, text, at);
    const match = plain ?? matchAt(slashed, text, at);
    if (match === null) return from;
    const [, user = "", password = ""] = match;
    if (plain === null && /^\d{1,5}(?:[/?#]|$)/.test(password)) return from;
    return add(spans, at + user.length + 4, password, user);
  },
};

const tokenUser = /:\/\/([\w-]{20,255})(?::x-oauth-basic)?@[A-Za-z0-9[]/y;

/** `https://TOKEN@host`: some services take a token as the user. */
const tokenUserFinder: Finder = {
  signs: ["://"],
  look({ text, at, from, spans }) {
    if (!mayHaveUser(text, at)) return from;
    const token = matchAt(tokenUser, text, at)?.[1];
    if (token === undefined || !looksRandom(token) || !/\d.*\d/.test(token)) return from;
    spans.push({ start: at + 3, end: at + 3 + token.length });
    return at + 3 + token.length;
  },
};

/** `user:password@tcp(host)`, as Go's drivers take it. */
const goDsnFinder: Finder = {
  signs: ["@tcp(", "@unix(", "@("],
  look({ text, at, from, spans }) {
    spend(4);
    let start = at;
    const least = Math.max(from, at - dsnMax, 1);
    while (start > least && !/[\s/"'`<>@:]/.test(text[start - 1] ?? "")) start -= 1;
    if (start === at || text[start - 1] !== ":" || /[\s/"'`<>@:=]/.test(text[start - 2] ?? " ")) return from;
    add(spans, start, text.slice(start, at));
    return at;
  },
};

const signed = ["sig", "signature", "x-amz-signature", "x-goog-signature", "code", "auth", "hmac"];

const queryFinder: Finder = {
  signs: signed.flatMap((name) => [`?${name}=`, `&${name}=`]),
  look({ text, at, from, spans }) {
    spend(1);
    const match = matchAt(signature, text, at);
    const value = match?.[1] ?? "";
    if (match === null || !/\d/.test(value) || isPlaceholder(value)) return from;
    signatureRest.lastIndex = at + match[0].length;
    signatureRest.test(text);
    spans.push({ start: at + match[0].length - value.length, end: signatureRest.lastIndex });
    return signatureRest.lastIndex;
  },
};

/** Finds keys in a query, and passwords in an address that is encoded. */
const otherFinders: readonly Finder[] = [
  valueFinder(
    ["?key=", "&key=", "?appid=", "&appid="],
    "[?&](?:key|appid)=(?=[\\w-]{0,60}\\d[\\w-]{0,60}\\d)([\\w-]{20,128})",
  ),
  // As PHP writes it in JSON.
  valueFinder(
    [":\\/\\/"],
    ":\\\\/\\\\/[^\\s/\"'`<>?#\\\\@:]{0,256}:([^\\s/\"'`<>\\\\]{1,1024})@(?!sha\\d+:)",
    "any",
  ),
  valueFinder(["%3a%2f%2f"], "%3a%2f%2f[^\\s%]{0,64}%3a([^\\s%]{3,128})%40", "any"),
];

/** Finds passwords in the user part of URLs, and signatures in their query. User, host and path stay. */
export const urlFinders: readonly Finder[] = [
  urlFinder,
  tokenUserFinder,
  goDsnFinder,
  queryFinder,
  ...otherFinders,
];
