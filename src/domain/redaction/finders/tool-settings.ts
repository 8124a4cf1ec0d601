// Secrets that tools name in their own way, in settings and in what they print.

import type { Finder } from "./finder.js";
import { finderBefore, valueFinder } from "./pattern-finder.js";

const word = "([^\\s\"'`\\\\]{4,128})";
const base64 = "([A-Za-z0-9+/]{8,512}={0,2})";
const holder = "[\\w-]{0,60}(?:pass|secret|token|key)\\w{0,20}";

/** Finds tokens and passwords in the settings of tools that name them in their own way. */
export const toolFinders: readonly Finder[] = [
  valueFinder(["sec.psk "], `sec\\.psk ["']?${word}`, "any"),
  valueFinder(
    ["printenv ", "echo $", 'echo "$'],
    `(?:printenv |echo "?\\$\\{?)${holder}\\}?"?\\r?\\n${word}`,
  ),
  valueFinder(
    ['form-data; name="'],
    `form-data; name="${holder}"(?:\\r?\\n|\\\\r\\\\n|\\\\n){2}${word}`,
    "any",
  ),
  valueFinder(['type="password"'], 'type="password"[^<>\\n]{0,120}? value="([^"\\n]{3,128})"', "any"),
  valueFinder(
    ["secretid", "secret id"],
    "secret ?id\\s{0,12}[:=]\\s{0,12}[\"']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
  ),
  valueFinder(["sonar.login"], `sonar\\.login ?= ?${word}`),
  valueFinder([".dockerconfigjson", ".dockercfg"], `\\.docker(?:configjson|cfg)["']?: {0,4}["']?${base64}`),
  valueFinder(["npmauthident"], `npmauthident["']?: ["']?[^\\s:"']{1,80}:${word}`, "any"),
  valueFinder(["http-basic."], `http-basic\\.\\S{1,80}(?: ?= ?| {1,4})[\\w.@-]{1,60}\\s{1,4}${word}`),
  valueFinder(
    ["github-oauth", "gitlab-token"],
    `git(?:hub-oauth|lab-token)"\\s?:\\s?\\{\\s{0,20}"[\\w.-]{1,80}"\\s?:\\s?"${word}`,
  ),
  valueFinder(
    ["unseal key", "recovery key"],
    `(?:unseal|recovery) key(?: \\d{1,2})?["'\`*]{0,3}(?: is|:) {1,4}["'\`]?([A-Za-z0-9+/=-]{16,128})`,
  ),
  valueFinder(["bitlocker"], "bitlocker[^\\n]{0,60}?((?:\\d{6}-){7}\\d{6})", "digit"),
  valueFinder(["recovery key"], "recovery key[^\\d\\n]{0,20}((?:\\d{6}-){7}\\d{6})", "digit"),
  valueFinder(
    ["app password", "application password"],
    "app(?:lication)? password[\"'`*]{0,3}(?: is|:)? {1,4}[\"'`]?([a-z]{4}(?:[ -][a-z]{4}){3})(?![a-z ])",
    "any",
  ),
  valueFinder(['"-p'], `"-p([^\\s"\\\\]{6,64})"`),
  valueFinder(
    [' -b "', " -b '", " --cookie '"],
    ` -(?:b|-cookie) ["']([\\w.-]{1,60}=[^"'\\n]{3,1024})`,
    "any",
  ),
  valueFinder(
    ['"cookie"', '"set-cookie"'],
    `"(?:set-)?cookie"\\s{0,4},\\s{0,20}"value"\\s{0,4}:\\s{0,4}"([^"\\n\\\\]{3,4096})`,
    "any",
  ),
  valueFinder(["password is generated for "], `password is generated for \\S{1,80}: ${word}`, "any"),
  valueFinder(
    [";variable=", "variable="],
    `variable=[\\w.-]{0,40}(?:pass|secret|token|key)[\\w.;=-]{0,40}\\]${word}`,
  ),
  valueFinder(
    ["set-output name=", "set-env name="],
    `set-(?:output|env) name=[\\w.-]{0,40}(?:pass|secret|token|key)[\\w-]{0,20}::${word}`,
  ),
  valueFinder(["::add-mask::"], `::add-mask::${word}`, "any"),
  valueFinder(["impacket-"], `impacket-\\w{1,20} (?:[\\w.-]{1,40}/)?[\\w.-]{1,40}:([^\\s@]{3,64})@`, "any"),
  finderBefore(["@//"], 90, /(?:^|[\s"'=])[\w$#.-]{1,30}\/([^\s/@:"'<>]{4,64})$/, "digit"),
];
