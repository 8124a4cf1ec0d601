import { type Finder, matchAt } from "./finder.js";
import { valueFinder } from "./pattern-finder.js";
import { isPlaceholder } from "../placeholder.js";
import { isPlainWord } from "../plain-word.js";
import { looksRandom } from "../randomness.js";

const argument = `(?:"[^"\\n]{0,100}"|'[^'\\n]{0,100}'|[\\w.$]{1,60})`;
const last = `["']([^"'\\s]{3,200})["']`;

/** The calls of code whose argument at this place is a password or a key: what they are called, and how many stand before it. */
const calls: readonly [names: string, before: number][] = [
  ["NetworkCredential( HTTPBasicAuth( BasicAuth( Credentials( Credentials.basic( .login( auth=(", 1],
  ["WiFi.begin( .basic_auth( db.auth( pgp_sym_encrypt( pgp_sym_decrypt( SetBasicAuth(", 1],
  [
    "AwsBasicCredentials.create( BasicAWSCredentials( NewStaticCredentials( createCipheriv( createDecipheriv(",
    1,
  ],
  ["AES.new( hmac.new( Fernet(", 0],
  ["PDO( mysqli( DBI->connect(", 2],
  ["mysqli_connect( getConnection( pymysql.connect( MySQLdb.connect( psycopg2.connect(", 2],
  ["jwt.sign( jwt.verify( jwt.encode( jwt.decode( createHmac(", 1],
];

function callFinder(name: string, before: number): Finder {
  const escaped = name.replace(/[.()=]/g, "\\$&");
  const pattern = new RegExp(
    `${escaped}\\s{0,8}(?:${argument},\\s{0,8}){${before}}(?:[bur]|Some\\()?${last}`,
    "iy",
  );
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

// `fill("#password", "x")`, `get("#password").type("x")`: how tests of pages log in.
const field = `["'][^"'\\n]{0,60}pass[^"'\\n]{0,40}["']`;
const pageFinders: readonly Finder[] = [
  valueFinder([".fill(", ".type(", ".setvalue("], `\\.(?:fill|type|setvalue)\\(${field},\\s{0,4}${last}`),
  valueFinder(
    ["password').", 'password").', "password]').", 'password]").'],
    `password\\]?["']\\)\\.(?:type|fill|send_keys|sendkeys)\\(${last}`,
  ),
];

/** Finds passwords and keys that code passes to calls that are known to take one, and private JSON web keys. */
export const callFinders: readonly Finder[] = [
  ...calls.flatMap(([names, before]) => names.split(" ").map((name) => callFinder(name, before))),
  ...pageFinders,
  jsonWebKey,
];
