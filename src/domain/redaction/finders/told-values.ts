// Passwords and keys that a sentence names behind them, or in another language.

import type { Finder } from "./finder.js";
import { finderBefore, valueFinder } from "./pattern-finder.js";

const quoted = "[\"'`*«„]{0,3}([^\\s\"'`*«»„“,;<>()]{6,64})";

/** Finds passwords told in other languages, and those that stand before what they are: `use x as the password`. */
export const toldFinders: readonly Finder[] = [
  valueFinder(
    [
      "mot de passe",
      "contrase",
      "senha",
      "kennwort",
      "wachtwoord",
      "parola",
      "heslo",
      "lozinka",
      "adgangskode",
    ],
    `(?:mot de passe|contrase(?:ñ|n)a|senha|kennwort|wachtwoord|parola|heslo|lozinka|adgangskode)["'\`*]{0,3}\\s?(?::|=|is|ist|est|es|é|è|er|je|lautet) {1,4}${quoted}`,
  ),
  finderBefore(
    [" as password", " as the password", " as a password", " as passphrase", " as the passphrase"],
    100,
    /[\s"'`(]((?=[^\s"'`]{0,60}\d)(?:[^\s"'`(]{10,64}|(?=[^\s"'`]{0,60}[^a-z\d\s])[^\s"'`(]{6,64}))["'`]?$/,
  ),
  finderBefore(
    [" as api key", " as the api key", " as token", " as the token", " as api token", " as the secret"],
    140,
    /[\s"'`(]((?=\S{0,60}\d)[\w.+/=-]{16,128})["'`]?$/,
  ),
  valueFinder(["key for "], "key for (?:[\\w.-]{1,30} ){1,6}is [\"'`]?([\\w+/=-]{20,128})"),
  valueFinder(
    ["credentials", "creds", "login"],
    `(?:creds|credentials|logins?)(?: are| is|:| =|=) ?["'\`]?[\\w.@-]{2,40} {1,2}/ {1,2}["'\`]?([^\\s"'\`,;|<>()/]{6,64})`,
  ),
  valueFinder(
    ["admin:", "root:"],
    `(?:admin|root):(?=[^\\s]{0,60}\\d)(?=[^\\s]{0,60}[^a-z\\d\\s:@])([^\\s"'\`,;:|<>()/@\\[\\]]{8,64})(?![:@/\\w])`,
  ),
];
