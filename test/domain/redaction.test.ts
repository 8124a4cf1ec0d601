import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { scanStep } from "../../src/domain/redaction/sign-scanner.js";
import { redact, redactInSteps, redactText } from "../../src/domain/redaction/redact.js";
import { innocents, leaks } from "./redaction-corpus.js";
import { turnPayload } from "../../src/cli/exec/command-line.js";
import type { JsonObject, JsonValue } from "../../src/domain/json-value.js";

const token = "aB3dE6gH9".repeat(3);
const github = "ghp_" + "a1B2".repeat(9);

describe("a text", () => {
  it.each(leaks)("loses $title", ({ text, gone, stays = [] }) => {
    const redacted = redactText(text);
    for (const secret of gone) expect(redacted.text).not.toContain(secret);
    for (const part of stays) expect(redacted.text).toContain(part);
    expect(redacted.text).toContain("[REDACTED]");
    expect(redacted.count).toBeGreaterThan(0);
  });

  it.each(leaks)("stays as it is the second time: $title", ({ text }) => {
    const once = redactText(text).text;
    expect(redactText(once)).toEqual({ text: once, count: 0 });
  });

  it.each(innocents)("is left alone: %s", (text) => {
    expect(redactText(text)).toEqual({ text, count: 0 });
  });

  it("counts every place a secret was taken from", () => {
    expect(redactText(`TOKEN=${token}\n${token} ${token}`)).toEqual({
      text: "TOKEN=[REDACTED]\n[REDACTED] [REDACTED]",
      count: 3,
    });
  });
});

describe("a key", () => {
  it.each([
    ..."password Password PASSWD passphrase db_password dbPassword POSTGRES_PASSWORD PGPASSWORD password2".split(
      " ",
    ),
    ..."secret client_secret clientSecret secretKey secret-key SECRET_KEY_BASE webhookSecret signingKey".split(
      " ",
    ),
    ..."apiKey api_key API-KEY apikey x-api-key OPENAI_API_KEY privateKey private_key secretAccessKey accessKey".split(
      " ",
    ),
    ..."token Token accessToken access_token refresh-token idToken authToken sessionToken leaseToken bearer".split(
      " ",
    ),
    ..."authorization Authorization proxy-authorization cookie Set-Cookie sessionCookie".split(" "),
    ..."connectionString connection_string dsn databaseUrl credentials api.key npm_config__authToken".split(
      " ",
    ),
  ])("%s holds a secret", (key) => {
    expect(redact({ [key]: "opensesame" })).toEqual({ value: { [key]: "[REDACTED]" }, count: 1 });
  });

  it.each([
    ..."tokens tokenCount maxTokens inputTokens totalTokens tokenizer nextPageToken stopToken tokenType".split(
      " ",
    ),
    ..."passwordPolicy passwordLabel forgotPassword hasPassword passport compass secretary secretName".split(
      " ",
    ),
    ..."authorizationUrl author authority keyboard key keys publicKey primaryKey idempotencyKey cacheKey".split(
      " ",
    ),
    ..."sessionId threadId accessKeyId valuesPrinted metadataKeys credentialRef secretRef cookieName url".split(
      " ",
    ),
  ])("%s holds none", (key) => {
    expect(redact({ [key]: "opensesame" })).toEqual({ value: { [key]: "opensesame" }, count: 0 });
  });

  it.each<[string, JsonValue]>([
    ["a boolean", { password: true, apiKey: false }],
    ["null", { password: null }],
    ["an empty string", { token: "" }],
    ["a number of tokens", { token: 12, tokens: 1200 }],
    ["a mask", { password: "****", token: "xxxx", secret: "[REDACTED]" }],
    ["a template", { password: "${DB_PASSWORD}", token: "$TOKEN", secret: "<secret>", apiKey: "{{ key }}" }],
    ["the name of a variable", { token: "GITHUB_TOKEN" }],
    ["a schema", { password: { type: "string", description: "The password", minLength: 8 } }],
    ["a schema of several types", { token: { type: ["string", "null"], $comment: "of the host" } }],
    ["a schema of choices", { token: { oneOf: [{ const: "prod-token-2", title: "Production" }] } }],
    ["a URL without a password", { databaseUrl: "postgres://localhost:5432/shop" }],
    ["a header already redacted", { authorization: "Bearer [REDACTED]" }],
    ["names in a list", { metadataKeys: ["password", "token", "apiKey"] }],
  ])("of a credential may hold %s", (_title, value) => {
    expect(redact(value)).toEqual({ value, count: 0 });
  });

  it.each<[string, JsonValue, JsonValue, number]>([
    ["a number", { password: 12345678 }, { password: "[REDACTED]" }, 1],
    [
      "what a schema has for an example",
      { password: { type: "string", default: "opensesame", examples: ["open1", { value: "open2" }] } },
      {
        password: {
          type: "string",
          default: "[REDACTED]",
          examples: ["[REDACTED]", { value: "[REDACTED]" }],
        },
      },
      3,
    ],
    [
      "what has the keys of no schema",
      { token: { type: ["opensesame", "null"] }, secret: { type: "string", x: "opensesame" } },
      { token: { type: ["[REDACTED]", "[REDACTED]"] }, secret: { type: "[REDACTED]", x: "[REDACTED]" } },
      4,
    ],
    ["a list", { secrets: ["one", "two"] }, { secrets: ["[REDACTED]", "[REDACTED]"] }, 2],
    [
      "an object, but not the names in it",
      { credentials: { username: "bob", keyId: "k1", login: { value: "opensesame" }, days: 3 } },
      { credentials: { username: "bob", keyId: "k1", login: { value: "[REDACTED]" }, days: 3 } },
      1,
    ],
    [
      "a URL, of which only the password goes",
      { databaseUrl: "postgres://app:pw@db.test/shop" },
      { databaseUrl: "postgres://app:[REDACTED]@db.test/shop" },
      1,
    ],
    ["a session in a cookie", { cookie: { sessionId: "abc" } }, { cookie: { sessionId: "[REDACTED]" } }, 1],
    [
      "a name and a value side by side",
      [
        { name: "DB_PASSWORD", value: "opensesame" },
        { name: "HOST", value: "db.test" },
      ],
      [
        { name: "DB_PASSWORD", value: "[REDACTED]" },
        { name: "HOST", value: "db.test" },
      ],
      1,
    ],
    [
      "a flag in arguments",
      ["run", "--token", "opensesame", "-v"],
      ["run", "--token", "[REDACTED]", "-v"],
      1,
    ],
    [
      "a raw header",
      ["Host", "x", "Authorization", "Bearer abc"],
      ["Host", "x", "Authorization", "[REDACTED]"],
      1,
    ],
  ])("of a credential gives up %s", (_title, value, expected, count) => {
    expect(redact(value)).toEqual({ value: expected, count });
  });

  it("that is a secret itself is redacted, and no entry is lost", () => {
    const { value, count } = redact({ [github]: 1, [github.replace("a", "Z")]: 2, plain: 3 });
    expect(value).toEqual({ "[REDACTED]": 1, "[REDACTED] 2": 2, plain: 3 });
    expect(count).toBe(2);
  });
});

describe("a secret in another form", () => {
  const password = "hunter2zz9";
  it.each<[string, string, string]>([
    ["a colon of full width", `password：${password}`, "password：[REDACTED]"],
    ["a space that does not break", `password:\u00a0${password} ok`, "password:\u00a0[REDACTED] ok"],
    ["such a space before the colon", `password\u00a0: ${password}`, "password\u00a0: [REDACTED]"],
    [
      "slashes as PHP escapes them",
      `"postgres:\\/\\/me:${password}@h\\/db"`,
      '"postgres:\\/\\/me:[REDACTED]@h\\/db"',
    ],
    [
      "a space of no width in it",
      `got ${github.slice(0, 9)}\u200b${github.slice(9)} ok`,
      "got [REDACTED] ok",
    ],
    ["a soft hyphen in it", `got ${github.slice(0, 9)}\u00ad${github.slice(9)} ok`, "got [REDACTED] ok"],
    ["such a hyphen in its name", `pass\u00adword=${password} ok`, "pass\u00adword=[REDACTED] ok"],
    ["an escaped letter in its name", `{"pass\\u0077ord":"${password}"}`, '{"pass\\u0077ord":"[REDACTED]"}'],
    ["an escaped letter in it", `got \\u0067${github.slice(1)} ok`, "got [REDACTED] ok"],
  ])("is found with %s", (_title, text, rest) => {
    expect(redactText(text)).toEqual({ text: rest, count: 1 });
    expect(redactText(rest)).toEqual({ text: rest, count: 0 });
  });

  it("is found beside the name of its variable", () => {
    const pair = { variable: "DB_PASSWORD", value: "opensesame" };
    expect(redact(pair).value).toEqual({ variable: "DB_PASSWORD", value: "[REDACTED]" });
    const innocent = { variable: "DB_HOST", value: "opensesame" };
    expect(redact(innocent).value).toEqual(innocent);
  });

  it.each([
    "密码：请输入密码",
    "password：string，必填",
    "token：见文档2",
    "the token\u00a0: see page\u00a02",
    "Mot de passe\u00a0: obligatoire",
    "api_key\u00a0is\u00a0required2",
    '"https:\\/\\/x.test\\/a:b2\\/c"',
    '"https:\\/\\/x.test:8080\\/me@v2"',
    "pass\u00adword2 manager, to\u00adken\u200b2",
    '\ufeffimport { token2 } from "./token2.js"',
    '{"a\\u0062c":"x1y2z3a4b5","note":"caf\\u00e9 \\u003cb\\u003e"}',
    "\\u0041\\u0042\\u0043",
  ])("is none in %j", (text) => {
    expect(redactText(text)).toEqual({ text, count: 0 });
  });

  it("is looked for in 100,000 characters of long words that are all hyphenated", () => {
    const text = "Do\u00adnau\u00addampf\u00adschiff\u00adfahrt ".repeat(3_500);
    expect(redactText(text)).toEqual({ text, count: 0 });
  });
});

describe("a command as a list of its words", () => {
  it.each<[string[], string[]]>([
    [
      ["mysql", "-u", "root", "-ps3cret!", "db"],
      ["mysql", "-u", "root", "-p[REDACTED]", "db"],
    ],
    [
      ["/usr/bin/curl", "-u", "bob:hunter2", "-H", "Accept: text/html", "https://x.test"],
      ["/usr/bin/curl", "-u", "bob:[REDACTED]", "-H", "Accept: text/html", "https://x.test"],
    ],
    [
      ["sudo", "docker", "login", "-u", "bob", "-p", "hunter2"],
      ["sudo", "docker", "login", "-u", "bob", "-p", "[REDACTED]"],
    ],
    [
      ["redis-cli", "-a", "hunter2", "set", "note", "a b\nc"],
      ["redis-cli", "-a", "[REDACTED]", "set", "note", "a b\nc"],
    ],
    [
      ["mysql", "--password=two words", "-ptwo words", `--password=it's "two words"`, "db"],
      ["mysql", "--password=[REDACTED]", "-p[REDACTED]", "--password=[REDACTED]", "db"],
    ],
    [
      ["curl", "-u", "bob:two words", "https://x.test"],
      ["curl", "-u", "bob:[REDACTED]", "https://x.test"],
    ],
    [
      ["docker", "run", "-e", "DB_PASSWORD=two words", "mysql", "-ptwo words"],
      ["docker", "run", "-e", "DB_PASSWORD=[REDACTED]", "mysql", "-p[REDACTED]"],
    ],
    [
      ["7z", "x", "-phunter2", "a b.7z"],
      ["7z", "x", "-p[REDACTED]", "a b.7z"],
    ],
  ])("loses what the words beside a word tell: %j", (words, rest) => {
    expect(redact({ argv: words }).value).toEqual({ argv: rest });
    expect(redact([words]).value).toEqual([rest]);
    const [command = "", ...args] = words;
    expect(redact({ command, args }).value).toEqual({ command, args: rest.slice(1) });
    expect(redact({ argv: rest })).toEqual({ value: { argv: rest }, count: 0 });
  });

  it.each(["hunter2", "s3cret!"])("has no %j left in the turn of exec", (secret) => {
    for (const words of [
      ["mysql", `-p${secret}`, "db"],
      ["sshpass", "-p", secret, "ssh", "h"],
      ["x", "--password", secret],
    ]) {
      const { value } = redact(turnPayload(words, "/work") as JsonObject);
      expect(JSON.stringify(value)).not.toContain(secret.slice(-5));
    }
  });

  it("may hold numbers, and is read to a bound", () => {
    const padding = Array.from({ length: 20_000 }, (_, n) => n);
    const words = ["mysql", "-P", 3306, "-phunter2", ...padding];
    expect(redact({ argv: words }).value).toEqual({
      argv: ["mysql", "-P", 3306, "-p[REDACTED]", ...padding],
    });
    expect(redact({ argv: ["mysql", ...padding, "-phunter2"] }).count).toBe(0);
  });
});

describe("a secret found once", () => {
  it.each<[string, (secret: string) => string]>([
    ["as it is", (secret) => secret],
    ["in a URL", (secret) => encodeURIComponent(secret)],
    ["in base64", (secret) => btoa(secret)],
    ["in base64 behind other text", (secret) => btoa(`user:${secret}`)],
    ["inside a JSON string", (secret) => JSON.stringify({ said: secret })],
  ])("is taken from the other strings of its payload: %s", (_title, print) => {
    const secret = 'open/sesame+"42"&more';
    const { value, count } = redact({ log: [`x ${print(secret)} y`], login: { password: secret } });
    expect(value.login.password).toBe("[REDACTED]");
    expect(value.log[0]).toMatch(/^x .*\[REDACTED\].* y$/);
    expect(value.log[0]).not.toContain(print(secret).slice(8, 18));
    expect(count).toBe(2);
  });

  it("is taken from a text where its scheme is missing", () => {
    const { value } = redact({ authorization: `Bearer ${token}`, log: `got ${token}` });
    expect(value).toEqual({ authorization: "[REDACTED]", log: "got [REDACTED]" });
  });

  it("by its form is taken from keys as well", () => {
    expect(redact({ a: `PASSWORD=${token}`, [`of ${token}`]: 1 })).toEqual({
      value: { a: "PASSWORD=[REDACTED]", "of [REDACTED]": 1 },
      count: 2,
    });
  });

  it.each(["postgres", "abc", "20240101", "/run/secrets/db", "aaaaaaaaaa"])(
    "stays in other strings where it is as everyday as %s",
    (password) => {
      const { value, count } = redact({ password, log: `see ${password} there` });
      expect(value).toEqual({ password: "[REDACTED]", log: `see ${password} there` });
      expect(count).toBe(1);
    },
  );
});

describe("a copy", () => {
  const known = `ghp_${"a1".repeat(18)}`;
  const payload = {
    zeta: 1,
    text: "nothing here",
    2: "two",
    1: "one",
    nested: { list: [1, "a", null, true, [], {}], "": "empty" },
  };

  it("is made only of what something was redacted in", () => {
    expect(redact(payload).value).toBe(payload);
    const { value, count } = redact({ payload, log: [known] });
    expect(value).toEqual({ payload, log: ["[REDACTED]"] });
    expect(value.payload).toBe(payload);
    expect(count).toBe(1);
  });

  it("holds what is redacted below a key that was redacted", () => {
    const inner = { list: [payload, { password: "opensesame" }], [`${known} 2`]: [known] };
    const { value } = redact({ a: 1, [known]: inner, [`${known} 2`]: { log: known }, 3: 4 });
    expect(value).toEqual({
      3: 4,
      a: 1,
      "[REDACTED]": { list: [payload, { password: "[REDACTED]" }], "[REDACTED] 2": ["[REDACTED]"] },
      "[REDACTED] 2": { log: "[REDACTED]" },
    });
  });

  it("keeps a key named __proto__ and what is in it", () => {
    const source = '{"a":1,"__proto__":{"password":"opensesame","b":2},"constructor":{"c":3}}';
    const { value } = redact(JSON.parse(source) as JsonValue);
    expect(JSON.stringify(value)).toBe(source.replace("opensesame", "[REDACTED]"));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("leaves the original alone", () => {
    const source = { password: "opensesame", list: [{ token }], log: token };
    const before = JSON.stringify(source);
    redact(source);
    expect(JSON.stringify(source)).toBe(before);
  });

  it("is made of a value of any depth", () => {
    let deep: JsonValue = { password: "opensesame" };
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    let copy = redact(deep).value as JsonValue;
    while (Array.isArray(copy)) copy = copy[0] as JsonValue;
    expect(copy).toEqual({ password: "[REDACTED]" });
  });

  it.each<[JsonValue]>([[null], [true], [0], [12.5], [""], ["plain"], [[]], [{}]])(
    "of %j is the same",
    (value) => {
      expect(redact(value)).toEqual({ value, count: 0 });
    },
  );
});

describe("in steps", () => {
  const lines = Array.from(
    { length: 4000 },
    (_, n) => `\u001b[32mTOKEN_${n}=aB3${n}xYz9${n * 7919} and prose\u001b[0m`,
  );
  const long: JsonValue = {
    text: lines.join("\n"),
    list: lines.slice(0, 3000),
    nested: { [`key ${github}`]: lines.slice(0, 900).join(" ") },
  };

  it("a long value loses what it loses at once, whatever else is redacted meanwhile", async () => {
    const others = [0, 1, 2].map(() => redactInSteps(long, () => setImmediate()));
    expect(await Promise.all(others)).toEqual([redact(long), redact(long), redact(long)]);
  });

  it("others are asked after each 16 KiB of a text, and not for a short one", async () => {
    let asked = 0;
    const pause = () => void (asked += 1);
    await redactInSteps("x".repeat(scanStep), pause);
    expect(asked).toBe(0);
    await redactInSteps({ text: "x ".repeat(5 * scanStep) }, pause);
    // And once it is copied.
    expect(asked).toBe(11);
  });
});

// A pattern that is not linear takes minutes for one of these; all of them together take seconds.
describe("256 KiB of", () => {
  it.each([
    ..."eyJ eyJ- eyJaaaaaaaaaaaa. :// ://a: a://u:p a@tcp( -----BEGIN -----END password password= password: aaaa = \\ \" '".split(
      " ",
    ),
    ..."AKIA ghp_ github_pat_ sk- SG. xoxb- 12345678:AA ?sig= [REDACTED] token( ${ password=${ key-".split(
      " ",
    ),
    "-----BEGIN PRIVATE KEY-----",
    "password ",
    'password="',
    "password='a password=\"b ",
    '\\"password\\":\\"',
    "token token=",
    "--password ",
    "curl -u ",
    "mysql ",
    "docker login ",
    "machine a login b ",
    "Authorization: Bearer ",
    "Cookie: a=",
    `password${" ".repeat(50)}`,
    "\n",
  ])("%j hide no secret behind them", (piece) => {
    const text = piece.repeat(Math.ceil((256 * 1024) / piece.length));
    const redacted = redactText(`${text}\n${github}\n`);
    expect(redacted.text).not.toContain(github);
  });

  it("secrets are all found, and so is each first one where it is told again", () => {
    const lines = Array.from(
      { length: 4000 },
      (_, n) => `${n} sessions were opened with it: TOKEN_${n}=aB3${n}xYz9${n * 7919}`,
    );
    const redacted = redactText(`${lines.join("\n")}\n${lines[0]?.split("=")[1]}`);
    expect(redacted.text).not.toContain("aB3");
    expect(redacted.count).toBe(4001);
  });
});
