import { matchesOf } from "./matches.js";
import { isPlaceholder } from "./placeholder.js";
import type { Span } from "./span.js";

const authority = /:\/\/([^\s/"'`<>?#\\@:]{0,256}):([^\s/"'`<>\\]{1,1024})@(?!sha\d+:)/g;
// A password may have a slash in it. Then what stands in the place of the port is no number.
const slashed = /:\/\/([^\s/"'`<>?#\\@:]{1,128}):([^\s"'`<>\\@]{1,128})@(?!sha\d+:)[A-Za-z0-9.-]/g;
const goDsn = /@(?:tcp|unix)\(/g;
const goDsnPassword = /[^\s/"'`<>@:=]:([^\s/"'`<>@:]{1,256})$/;
const signature = /[?&](?:sig|signature|x-(?:amz|goog)-signature|code|auth|hmac)=([^\s&"'`<>\\]{8,4096})/gi;

/** Finds passwords in the user part of URLs, and signatures in their query. The user, host and path stay. */
export function findUrlSecrets(text: string): Span[] {
  const spans: Span[] = [];
  const add = (match: RegExpExecArray, value: string, before: string) => {
    const start = match.index + before.length;
    if (!isPlaceholder(value) && !/^(?:PASSWORD|PASS|PWD)$/.test(value))
      spans.push({ start, end: start + value.length });
  };
  if (text.includes("://")) {
    for (const match of matchesOf(authority, text)) add(match, match[2] ?? "", `://${match[1]}:`);
    for (const match of matchesOf(slashed, text)) {
      if (!/^\d{1,5}(?:[/?#]|$)/.test(match[2] ?? "")) add(match, match[2] ?? "", `://${match[1]}:`);
    }
  }
  for (const { index } of matchesOf(goDsn, text)) {
    const password = goDsnPassword.exec(text.slice(Math.max(0, index - 260), index))?.[1] ?? "";
    if (!isPlaceholder(password)) spans.push({ start: index - password.length, end: index });
  }
  for (const match of matchesOf(signature, text)) {
    const value = match[1] ?? "";
    if (/\d/.test(value) && value.length >= 16) add(match, value, match[0].slice(0, -value.length));
  }
  return spans;
}
