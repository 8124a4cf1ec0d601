// Texts to time redaction with: ordinary ones, and units that are repeated until a finder that reads too far shows.

import { createRandom } from "./random.js";

const words =
  "the agent reads a file and runs the tests then it writes what changed in the tree with care so that nobody waits for it again".split(
    " ",
  );

/** Texts of this many characters as agents and tools print them; none holds a secret. */
export function ordinaryTexts(length: number): Record<string, string> {
  const random = createRandom(7);
  const fill = (line: (n: number) => string) => {
    const lines: string[] = [];
    for (let size = 0; size < length; size += lines.at(-1)?.length ?? 0) lines.push(line(lines.length));
    return lines.join("").slice(0, length);
  };
  const some = (count: number) => Array.from({ length: count }, () => random.pick(words)).join(" ");
  return {
    prose: fill(() => `${some(12)}.\n`),
    code: fill(
      (n) =>
        `export function ${random.pick(words)}${n}(key: string, token: Token): void {\n  return read(key, "${some(2)}");\n}\n`,
    ),
    log: fill(
      (n) =>
        `2026-11-28T09:${10 + (n % 50)}:00.123Z INFO [worker-${n % 9}] id=${random.below(2 ** 31).toString(16)} path=/api/v1/items/${n} status=200 took=${n % 900}ms\n`,
    ),
    json: fill(
      (n) =>
        `${JSON.stringify({ id: n, name: some(2), path: `src/${random.pick(words)}.ts`, usage: { inputTokens: n }, key: `k${n % 99}`, ok: true })}\n`,
    ),
    tests: fill((n) => ` ✓ test/api/file-${n}.test.ts (${n % 40} tests) ${n % 700}ms\n`),
    random: fill(() => random.below(2 ** 31).toString(36)),
  };
}

const pieces = [
  ..."pass password pwd secret token key api_key auth cred bearer cookie :// ://a:b @ @tcp( ?sig= Signature=".split(
    " ",
  ),
  ..."eyJ eyJhbGciOiJI. AKIA ghp_ sk- SG. xoxb- hf_ npm_ 12345678:AA whsec_ hooks.slack.com/services/ 8:AA".split(
    " ",
  ),
  ..."a b1 Ab1 a= a1b2c3d4 hunter2 key= password= token= TOKEN= code= %3D conn dsn data: user/ 0 8 . .. _ /".split(
    " ",
  ),
  ...'( ) { } ${ [ ] , ; - -- : = := => \' ` " \\ \\" \\n || && | @: [REDACTED] <password> </ é 中 -us Q~'.split(
    " ",
  ),
  ..."Cookie: |Authorization: |Digest |Bearer |Basic |curl -u |mysql -p|sshpass |redis-cli |docker login |openssl ".split(
    "|",
  ),
  ..."machine a login b |-----BEGIN PRIVATE KEY-----|-----BEGIN |-----END |aname: |name: |value: |is |was |to ".split(
    "|",
  ),
  ..."--password |-p |-u |IDENTIFIED BY |IDENTIFIED WITH |:5432:|login |ENV |#define |type: str = |setx |: | = ".split(
    "|",
  ),
  ..."ConvertTo-SecureString |seed phrase: |zip -P |admin / |recovery code: |  |root:x | chpasswd|sqlplus a/".split(
    "|",
  ),
  ...'echo x | |sudo -S |--password-stdin |jwt.sign(|auth=("a", |x, |for a: |→ |was set to |creds are a:|-u a -p |[a, |!!str '.split(
    "|",
  ),
  '"password":"',
  '"""',
  "|\n  ",
  "\n",
  "\t",
  " ",
  "\\\n",
  "\u001b[0m",
  "\u001b[32m",
  "A".repeat(24),
  "x".repeat(128),
  "A1b2".repeat(10),
];

/** Units of one to four pieces of what secrets are made of; the pieces themselves come first. */
export function repeatedUnits(seed: number, count: number): string[] {
  const random = createRandom(seed);
  const mixed = () => Array.from({ length: 1 + random.below(4) }, () => random.pick(pieces)).join("");
  return Array.from({ length: count }, (_, n) => pieces[n] ?? mixed());
}

/** Such pieces in no order, up to this many characters. */
export function shuffled(seed: number, length: number): string {
  const random = createRandom(seed);
  const parts: string[] = [];
  for (let size = 0; size < length; size += parts.at(-1)?.length ?? 0) parts.push(random.pick(pieces));
  return parts.join("").slice(0, length);
}

/** A unit again and again, up to this many characters. */
export function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
