import { codeBefore } from "../code-at.js";
import { type Finder, endAt, isWordCharacter, matchAt } from "./finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";
import { spend } from "../work.js";

// Values are judged by their first characters, and read to their end only once they are taken for secrets.
const authorization =
  /authorization(?:["'`\]\\]{0,6}\s{0,4}[:=]|["'`\]\\]{1,6}\s{0,4},)\s{0,4}["'`\\]{0,4}(?:(bearer|basic|token|apikey|api-key|key|bot|ssws|geniekey|negotiate|digest|oauth|hawk|splunk|klaviyo-api-key|accesskey|sso-key|deepl-auth-key|zoho-oauthtoken|sharedkey|aws4-hmac-sha256)[ \t]{1,4}(?:\\{0,3}["'`](?=[A-Za-z0-9]))?)?([^\s"'`,;\\<>(){}[\]]{1,128})/iy;
const valueRest = /[^\s"'`,;\\<>(){}[\]]*/y;
const parameters = /[^\r\n\\]*/y;
const bearer = /bearer[ \t]{1,4}["']?([A-Za-z0-9._~+/=-]{12,8192})/iy;
const cookie =
  /cookie2?["'\]\\]{0,4}(?:\s{0,4}[:=,]\s{0,4}|[ \t])\\?["'`]?(?=[\w!#$%&*+.^|~-]{1,128}=([^\r\n"'`\\;]{0,128}))/iy;
const cookieRest = /[\w!#$%&*+.^|~-]{1,128}=[^\r\n"'`\\]*/y;
const awsSignature = /signature=([0-9a-f]{64})/iy;

const authorizationFinder: Finder = {
  signs: ["authorization"],
  look({ text, at, from, spans }) {
    spend(4);
    const match = matchAt(authorization, text, at);
    if (match === null) return from;
    const [all, scheme, value = ""] = match;
    if (isPlaceholder(value) || isPlainWord(value) || /\$$|^\$\{/.test(value)) return from;
    // A scheme whose parameters are redacted already.
    if (/^aws4-hmac-sha256$/i.test(value)) return from;
    if (scheme === undefined ? !(value.length >= 8 && looksRandom(value)) : isLowerWord(value)) return from;
    const start = at + all.length - value.length;
    const hasParameters = scheme !== undefined && /^(?:digest|oauth|hawk)$/i.test(scheme);
    const end = endAt(hasParameters ? parameters : valueRest, text, at + all.length);
    if (/^[a-z_]+=$/i.test(value) && end === at + all.length) return from;
    spans.push({ start, end });
    return end;
  },
};

function isLowerWord(value: string): boolean {
  return value.length < 16 && /^[A-Z]?[a-z]+$/.test(value);
}

const bearerFinder: Finder = {
  signs: ["bearer"],
  look({ text, at, from, spans }) {
    const match = matchAt(bearer, text, at);
    if (match === null) return from;
    const end = at + match[0].length;
    const word = match[1] ?? "";
    const value = word.endsWith(".") ? word.replace(/[.]+$/, "") : word;
    const start = end - word.length;
    if (looksRandom(value) && !/^[a-z_]+=$/.test(value)) spans.push({ start, end: start + value.length });
    return end;
  },
};

const cookieFinder: Finder = {
  signs: ["cookie"],
  look({ text, at, from, spans }) {
    if (isWordCharacter(codeBefore(text, at))) return from;
    const match = matchAt(cookie, text, at);
    if (match === null) return from;
    const first = match[1] ?? "";
    if (isPlaceholder(first) || isPlainWord(first)) return from;
    const start = at + match[0].length;
    const end = endAt(cookieRest, text, start);
    spans.push({ start, end });
    return end;
  },
};

const signatureFinder: Finder = {
  signs: ["signature="],
  look({ text, at, from, spans }) {
    const end = endAt(awsSignature, text, at);
    if (end === -1) return from;
    spans.push({ start: end - 64, end });
    return end;
  },
};

/** Finds credentials in Authorization headers (the scheme stays), whole Cookie headers, and bearer tokens in prose. */
export const headerFinders: readonly Finder[] = [
  authorizationFinder,
  bearerFinder,
  cookieFinder,
  signatureFinder,
];
