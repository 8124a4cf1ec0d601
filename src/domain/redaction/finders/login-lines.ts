// Logins as protocols, devices and account files write them.

import type { Finder } from "./finder.js";
import { valueFinder } from "./pattern-finder.js";

const word = "([^\\s\"'`\\\\]{4,128})";
const lineEnd = "(?=[ \\t]{0,8}(?:\\r?\\n|$))";
const base64 = "([A-Za-z0-9+/]{8,512}={0,2})";

/** Finds what mail, file and chat servers are sent as a password. */
const protocolFinders: readonly Finder[] = [
  valueFinder(
    ["user "],
    `user [^\\s]{1,80}\\r?\\n(?:[^\\n]{1,120}\\n)?(?:[a-z<>]{0,4}> ?)?pass ${word}`,
    "any",
  ),
  valueFinder(["user "], `user [\\w.@-]{1,60} ${word}${lineEnd}`),
  valueFinder(["auth plain "], `auth plain (?=\\S{0,60}\\d|\\S{11,}=)${base64}${lineEnd}`, "any"),
  valueFinder(["334 ugfzc3dvcmq6"], `334 ugfzc3dvcmq6\\s{1,4}(?:[<>CS]:? ?)?${base64}`, "any"),
  valueFinder([" login "], ` login ["']?[\\w.-]{1,60}@[\\w.-]{1,80}["']? ["']?${word}`),
  valueFinder(["> auth "], `> auth (?:[\\w.-]{1,40} )?${word}`),
  valueFinder(["auth-user-pass"], `auth-user-pass\\r?\\n\\S{1,80}\\r?\\n${word}`),
  valueFinder(
    [" <(echo ", " <(printf ", "=<(echo "],
    `[ =]<\\((?:echo|printf) ["']?(?:[\\w.-]{1,40}\\\\n)?([^\\s"'\`\\\\)]{6,128})`,
  ),
  valueFinder(["password-command", "passwordeval"], `password-?(?:command|eval)[ =]["']?echo ${word}`),
  valueFinder(["assword:"], `assword:?\\\\?["']?\\}?[;\\s]{1,8}(?:exp_)?send(?: --)? \\\\?["']${word}`),
];

/** Finds hashes of passwords as crypt makes them, and secrets in the settings of devices. */
const deviceFinders: readonly Finder[] = [
  valueFinder(
    ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$"],
    "\\$(?:1|5|6|apr1|2[aby]|y)\\$((?:[\\w./=,-]{1,32}\\$){0,2}[A-Za-z0-9./]{20,128})",
    "any",
  ),
  valueFinder(
    ["{ssha", "{sha", "{crypt}", "{smd5}"],
    "\\{(?:s?sha\\d{0,3}|crypt|smd5)\\}([A-Za-z0-9+/=$.]{20,200})",
    "any",
  ),
  valueFinder(
    ["secret 5 ", "secret 8 ", "secret 9 ", "password 0 ", "password 7 ", "secret 0 "],
    `(?:secret|password) \\d ${word}`,
    "any",
  ),
  valueFinder(["-server key "], `-server key (?:\\d )?${word}`, "any"),
  valueFinder(["reset-admin-password "], `reset-admin-password ["']?${word}`),
  valueFinder(["tf_token_"], `tf_token_\\w{1,80}=["']?${word}`, "any"),
  valueFinder(["snmp-server community "], `snmp-server community (?!public|private)${word}`, "any"),
  valueFinder(["rocommunity", "rwcommunity"], `r[ow]community6? (?!public|private)${word}`, "any"),
  valueFinder([": eap ", ": xauth "], `: (?:eap|xauth) "${word}`, "any"),
  valueFinder(["password:: ", "pw:: "], `(?:password|pw):: ${base64}`, "any"),
  valueFinder(["keymaterial"], `keymaterial(?:=|>)["']?([^\\s"'<>]{8,64})`, "any"),
];

/** Finds passwords in the lines of protocols, devices and account files. */
export const loginFinders: readonly Finder[] = [...protocolFinders, ...deviceFinders];
