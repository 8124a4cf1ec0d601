import { type Finder, matchAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { looksRandom } from "../randomness.js";
import type { Span } from "../span.js";

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

const urlFinder: Finder = {
  signs: ["://"],
  look({ text, at, from, spans }) {
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
    const token = matchAt(tokenUser, text, at)?.[1];
    if (token === undefined || !looksRandom(token) || !/\d.*\d/.test(token)) return from;
    spans.push({ start: at + 3, end: at + 3 + token.length });
    return at + 3 + token.length;
  },
};

/** `user:password@tcp(host)`, as Go's drivers take it. */
const goDsnFinder: Finder = {
  signs: ["@tcp(", "@unix("],
  look({ text, at, from, spans }) {
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
    const match = matchAt(signature, text, at);
    const value = match?.[1] ?? "";
    if (match === null || !/\d/.test(value) || isPlaceholder(value)) return from;
    signatureRest.lastIndex = at + match[0].length;
    signatureRest.test(text);
    spans.push({ start: at + match[0].length - value.length, end: signatureRest.lastIndex });
    return signatureRest.lastIndex;
  },
};

/** Finds passwords in the user part of URLs, and signatures in their query. User, host and path stay. */
export const urlFinders: readonly Finder[] = [urlFinder, tokenUserFinder, goDsnFinder, queryFinder];
