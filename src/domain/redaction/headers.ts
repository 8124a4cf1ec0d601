import { matchesOf } from "./matches.js";
import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
import { looksRandom } from "./randomness.js";
import type { Span } from "./span.js";

const authorization =
  /authorization["'`\]\\]{0,6}\s{0,4}[:=,]\s{0,4}["'`\\]{0,4}(?:(bearer|basic|token|apikey|api-key|key|bot|ssws|geniekey|negotiate|digest|oauth|hawk|aws4-hmac-sha256)[ \t]{1,4})?([^\s"'`,;\\<>(){}[\]]{1,8192})/gi;
const parameters = /[^\r\n\\]*/y;
const bearer = /bearer[ \t]{1,4}["']?([A-Za-z0-9._~+/=-]{12,8192})/gi;
const cookie =
  /\bcookie2?["'\]\\]{0,4}(?:\s{0,4}[:=,]\s{0,4}|[ \t])\\?["'`]?([\w!#$%&*+.^|~-]{1,128}=([^\r\n"'`\\;]{0,4096})[^\r\n"'`\\]{0,8192})/gi;
const awsSignature = /Signature=([0-9a-f]{64})/g;

/**
 * Finds credentials in Authorization headers (the scheme stays), whole Cookie and Set-Cookie headers, and bearer
 * tokens in prose.
 */
export function findHeaders(text: string): Span[] {
  return [...findAuthorization(text), ...findBearer(text), ...findCookies(text)];
}

function findAuthorization(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of matchesOf(authorization, text)) {
    const [all, scheme, value = ""] = match;
    const end = match.index + all.length;
    if (isPlaceholder(value) || isPlainWord(value) || /\$$|^\$\{/.test(value)) continue;
    if (scheme === undefined ? !(value.length >= 8 && looksRandom(value)) : isLowerWord(value)) continue;
    let close = end;
    if (scheme !== undefined && /^(?:digest|oauth|hawk)$/i.test(scheme)) {
      parameters.lastIndex = end;
      parameters.test(text);
      close = parameters.lastIndex;
    }
    if (!/^[a-z_]+=$/i.test(value) || close > end) spans.push({ start: end - value.length, end: close });
  }
  for (const match of matchesOf(awsSignature, text)) {
    spans.push({ start: match.index + "Signature=".length, end: match.index + match[0].length });
  }
  return spans;
}

function isLowerWord(value: string): boolean {
  return value.length < 16 && /^[A-Z]?[a-z]+$/.test(value);
}

function findBearer(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of matchesOf(bearer, text)) {
    const value = (match[1] ?? "").replace(/[.]+$/, "");
    const start = match.index + match[0].length - (match[1] ?? "").length;
    if (looksRandom(value) && !/^[a-z_]+=$/.test(value)) spans.push({ start, end: start + value.length });
  }
  return spans;
}

function findCookies(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of matchesOf(cookie, text)) {
    const [all, value = "", first = ""] = match;
    if (isPlaceholder(first) || isPlainWord(first)) continue;
    const end = match.index + all.length;
    spans.push({ start: end - value.length, end });
  }
  return spans;
}
