import { type Finder, isWordCharacter } from "./finder.js";
import { matchesOf } from "../matches.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";
import type { Span } from "../span.js";

const value = `["']?([^\\s"'\`\\\\]{3,256})`;
const option = (source: string) => new RegExp(source + value, "g");

// A command is looked at once, from its name to where it ends: the line, unless continued, or the next command of a pipe.
const commandEnd = /\n|[|;]\s|&&/g;
const commandMax = 4096;
const commands: readonly [names: string, option: RegExp][] = [
  ["curl wget", option(`\\s(?:-u|--user|--proxy-user|-U)[ =]?["']?[^\\s:"']{1,100}:`)],
  ["http xh", option(`\\s(?:-a|--auth)[ =]["']?[^\\s:"']{1,100}:`)],
  ["mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump", option("\\s-p")],
  [
    "mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh clickhouse-client",
    option("\\s-p\\s{1,4}"),
  ],
  ["sshpass", option("\\s-p\\s{0,4}")],
  ["redis-cli valkey-cli", option("\\s(?:-a|--pass)\\s{1,4}")],
  ["login", option("\\s-p\\s{1,4}")],
  ["openssl", option("\\s-(?:pass(?:in|out)?\\s{1,4}pass:|k\\s{1,4})")],
  [
    "zip unzip 7z 7za rar",
    option("\\s(?:-P\\s{0,4}|-(?:h?p))(?=\\S*[^a-z\\s\"'/]|\\S+\\s+\\S+\\.zip|[\"'])"),
  ],
  [
    "ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami",
    option("\\s-[ws]\\s{0,4}(?!(?:base|one|sub|children)\\b)"),
  ],
  ["smbclient rpcclient smbget", option("\\s(?:-U|--user)[ =]?[\"']?[^\\s%\"']{1,100}%")],
  ["net", option("\\suse\\s[^\\n]{0,120}/user:\\S{1,80}\\s{1,4}")],
  ["sqlcmd bcp osql isql ipmitool mosquitto_pub mosquitto_sub", option("\\s-P\\s{0,4}")],
  ["htpasswd", option("\\s-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\\s{1,4}(?:\\S{1,100}\\s{1,4}){1,2}(?=\\S+\\s*$)")],
  ["gh", option("\\ssecret\\s{1,4}set\\s[^\\n]{0,80}\\s(?:-b|--body)[ =]")],
  ["usermod useradd", option("\\s(?:-p|--password)[ =]")],
  ["rabbitmqctl", option("\\s(?:add_user|change_password)\\s{1,4}\\S{1,60}\\s{1,4}")],
  ["ssh-keygen", option("\\s-[NP]\\s{1,4}")],
  ["lftp", option("\\s-u\\s{1,4}[\"']?[^\\s,\"']{1,100},")],
  ["xfreerdp wfreerdp", option("\\s/p:")],
  ["wpa_passphrase", option('\\s(?:"[^"]{1,64}"|\\S{1,64})\\s{1,4}')],
  ["sqlplus sqlldr expdp impdp rman", option("\\s[\"']?[\\w$#.-]{1,60}/")],
  ["ConvertTo-SecureString", /\s(?:-String\s{1,4})?["']([^"'\n]{1,256})/g],
];

function addMatches(spans: Span[], offset: number, matches: readonly RegExpExecArray[]): void {
  for (const match of matches) {
    const secret = match[1] ?? "";
    if (isPlaceholder(secret) || isPlainWord(secret) || secret.startsWith("$")) continue;
    const start = offset + match.index + match[0].lastIndexOf(secret);
    spans.push({ start, end: start + secret.length });
  }
}

function commandFinder(name: string, pattern: RegExp): Finder {
  return {
    signs: [name.toLowerCase()],
    look({ text, at, from, spans }) {
      const next = text.charCodeAt(at + name.length);
      if (at > 0 && (isWordCharacter(text.charCodeAt(at - 1)) || text.charCodeAt(at - 1) === 45)) return from;
      if (next !== 32 && next !== 9 && !(next === 46 && text.startsWith(".exe", at + name.length)))
        return from;
      const window = text.slice(at, at + commandMax);
      commandEnd.lastIndex = 0;
      const end = commandEnd.exec(window)?.index ?? window.length;
      addMatches(spans, at, matchesOf(pattern, window.slice(0, end)));
      return at + end;
    },
  };
}

/** A pattern that is tried where its sign stands; it begins with the sign, and is bounded. */
function patternFinder(sign: string, source: string): Finder {
  const pattern = new RegExp(source, "iy");
  return {
    signs: [sign],
    look({ text, at, from, spans }) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) return from;
      addMatches(spans, 0, [match]);
      return at + match[0].length;
    },
  };
}

// .pgpass: host:port:database:user:password
const pgpassRest = /:[^:\s]{1,100}:[^:\s]{1,100}:([^\s:]{3,256})(?![^\n])/y;
const pgpass: Finder = {
  signs: [":543", ":6432:", ":*:"],
  look({ text, at, from, spans }) {
    const port = text.indexOf(":", at + 1);
    if (port === -1 || port > at + 6) return from;
    let start = at;
    while (start > Math.max(from, at - 200) && !/[\s:]/.test(text[start - 1] ?? "")) start -= 1;
    if (start === at || (start > 0 && text[start - 1] !== "\n")) return from;
    pgpassRest.lastIndex = port;
    const match = pgpassRest.exec(text);
    if (match === null) return from;
    addMatches(spans, 0, [match]);
    return port + match[0].length;
  },
};

// `echo x | sudo -S`: the secret stands before the command that reads it.
const piped: Finder = {
  signs: ["--password-stdin", "passwd --stdin", "sudo -s", "--with-token"],
  look({ text, at, from, spans }) {
    const before = text.slice(Math.max(from, at - 300), at);
    const match =
      /(?:echo|printf)\s{1,4}(?:-n\s{1,4})?["']?([^\s"'|`]{4,200})["']?\s{0,4}\|[^|\n]{0,80}$/.exec(before);
    if (match && looksRandom(match[1] ?? "")) addMatches(spans, at - before.length, [match]);
    return at;
  },
};

// `tool -u bob -p x`, whatever the tool.
const userAndPassword =
  /-{1,2}u(?:ser(?:name)?)?[ =]["']?[\w.@\\-]{1,64}["']?\s{1,4}-p[ ]["']?([^\s"'`|;]{6,128})/iy;
const userOption: Finder = {
  signs: [" -u ", " --user ", " --username "],
  look({ text, at, from, spans }) {
    userAndPassword.lastIndex = at + 1;
    const match = userAndPassword.exec(text);
    if (match === null || !looksRandom(match[1] ?? "") || /^\d+:|:\d+$/.test(match[1] ?? "")) return from;
    addMatches(spans, 0, [match]);
    return at + match[0].length;
  },
};

// `echo "root:x" | chpasswd`: the secret stands before the command.
const chpasswd: Finder = {
  signs: ["chpasswd"],
  look({ text, at, from, spans }) {
    const before = text.slice(Math.max(from, at - 300), at);
    const match = /[\s"'][\w.-]{1,40}:([^\s"':]{3,128})["']?(?:\\n["']?)?\s{0,4}\|\s{0,4}(?:sudo\s)?$/.exec(
      before,
    );
    if (match) addMatches(spans, at - before.length, [match]);
    return at;
  },
};

const netrc = "\\s{1,40}login\\s{1,8}\\S{1,200}\\s{1,40}password\\s{1,8}(\\S{1,256})";

/** Finds passwords given to well-known programs in their own way, in commands and in their credential files. */
export const commandFinders: readonly Finder[] = [
  ...commands.flatMap(([names, pattern]) => names.split(" ").map((name) => commandFinder(name, pattern))),
  patternFinder("machine ", `machine\\s{1,8}\\S{1,200}${netrc}`),
  patternFinder("default", `default${netrc}`),
  patternFinder("identified ", "identified(?: with [\\w']{1,40})? by\\s{1,4}'([^'\\n]{1,256})'"),
  patternFinder("oracle:thin:", `oracle:thin:[\\w$]{1,60}/${value}@`),
  patternFinder("requirepass ", `requirepass\\s{1,8}${value}`),
  patternFinder("masterauth ", `masterauth\\s{1,8}${value}`),
  patternFinder("vault login ", `vault login (?:-\\S{1,40} ){0,3}([\\w.-]{16,200})`),
  patternFinder("chpasswd <<<", `chpasswd <<<\\s{0,4}["']?[\\w.-]{1,40}:${value}`),
  patternFinder("snyk auth ", "snyk auth ([0-9a-f-]{36})"),
  pgpass,
  chpasswd,
  piped,
  userOption,
];
