// Texts as agents and their tools print and read them, among them those that are densest in secrets. None is out of the ordinary
// enough to meet the bound of redaction's work.

import { type Random, createRandom } from "./random.js";

const words =
  "the agent reads a file and runs tests then writes what changed in tree with care while config session user request handler returns value default path".split(
    " ",
  );
const services =
  "DATABASE REDIS STRIPE SENDGRID GITHUB SLACK TWILIO SENTRY OPENAI ANTHROPIC S3 SMTP MAIL QUEUE SEARCH".split(
    " ",
  );
const secretNames = "PASSWORD SECRET TOKEN API_KEY SECRET_KEY ACCESS_TOKEN PRIVATE_KEY WEBHOOK_SECRET".split(
  " ",
);
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

type Line = (random: Random, n: number) => string;

const letters = (random: Random, length: number, from = alphanumeric) =>
  Array.from({ length }, () => from[random.below(from.length)]).join("");
const hex = (random: Random, length: number) => letters(random, length, "0123456789abcdef");
const some = (random: Random, count: number) =>
  Array.from({ length: count }, () => random.pick(words)).join(" ");
const name = (random: Random, n: number) => `${random.pick(services)}_${n % 40}_${random.pick(secretNames)}`;
const jwt = (random: Random) => `eyJhbGciOiJIUzI1NiJ9.eyJ${letters(random, 60)}.${letters(random, 43)}`;
const indented = (text: string, by: string) => text.replace(/^(?=.)/gm, by);
const base64Lines = (random: Random, count: number, width = 64) =>
  Array.from({ length: count }, () => `${letters(random, width)}\n`).join("");

const lines: Record<string, Line> = {
  "environment file": (random, n) => `${name(random, n)}=${letters(random, 12 + random.below(30))}\n`,
  "environment of a process": (random, n) =>
    n % 4 === 0
      ? `${name(random, n)}=${letters(random, 24)}\n`
      : `${random.pick(words).toUpperCase()}_${n}_DIR=/usr/lib/${random.pick(words)}/${random.pick(words)}\n`,
  "commented environment file": (random, n) =>
    `# ${some(random, 6)}\nexport ${name(random, n)}="${letters(random, 32)}"\n`,
  "state of terraform": (random, n) =>
    indented(
      `${JSON.stringify({ mode: "managed", type: "aws_db_instance", name: `db${n}`, instances: [{ attributes: { address: `db${n}.example.com`, arn: `arn:aws:rds:eu-west-1:123456789012:db:db${n}`, username: "app", password: letters(random, 20), tags: { team: some(random, 1) }, port: 5432 } }] }, null, 2)},\n`,
      "    ",
    ),
  kubeconfig: (random, n) =>
    `- name: user-${n}\n  user:\n    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk${letters(random, 900)}\n    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo${letters(random, 1600)}\n    token: ${letters(random, 40)}\n`,
  "secrets of kubernetes": (random, n) =>
    `---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: app-${n}\n  namespace: ${random.pick(words)}\ntype: Opaque\ndata:\n  db-password: ${letters(random, 24)}\n  api-token: ${letters(random, 32)}\n  username: YXBw\n`,
  "compose file": (random, n) =>
    `  service${n}:\n    image: registry.example.com/${random.pick(words)}:${n}\n    environment:\n      POSTGRES_PASSWORD: ${letters(random, 16)}\n      DATABASE_URL: postgres://app:${letters(random, 16)}@db:5432/app\n      LOG_LEVEL: info\n`,
  "ini file": (random, n) =>
    `[server${n}]\nhost = ${random.pick(words)}.example.com\nuser = app\npassword = ${letters(random, 14)}\ntimeout = ${n % 60}\n`,
  "netrc file": (random, n) => `machine host${n}.example.com login app password ${letters(random, 18)}\n`,
  "list of tokens": (random) => `ghp_${letters(random, 36)}\n`,
  "list of JSON web tokens": (random) => `${jwt(random)}\n`,
  "private keys": (random) =>
    `-----BEGIN RSA PRIVATE KEY-----\n${base64Lines(random, 25)}-----END RSA PRIVATE KEY-----\n`,
  "requests of curl": (random, n) =>
    `> GET /api/v1/items/${n} HTTP/1.1\n> Host: api.example.com\n> Authorization: Bearer ${jwt(random)}\n> Cookie: session=${letters(random, 32)}; theme=dark\n> Accept: application/json\n< HTTP/1.1 200 OK\n< set-cookie: session=${letters(random, 32)}; Path=/; HttpOnly\n< content-type: application/json\n`,
  "log of a service": (random, n) =>
    `2026-11-28T09:${10 + (n % 50)}:00.123Z INFO [worker-${n % 9}] id=${hex(random, 8)} user=${n} path=/api/v1/items/${n}?page=${n % 9} status=200 took=${n % 900}ms\n`,
  "log that tells tokens": (random, n) =>
    `2026-11-28 09:${10 + (n % 50)}:00 DEBUG auth.session user=${n} token=${letters(random, 32)} refreshed, next key rotation in ${n % 90} days\n`,
  "log in JSON": (random, n) =>
    `${JSON.stringify({ level: 30, time: 1_795_000_000_000 + n, pid: 7, req: { method: "POST", url: `/auth/token?code=${hex(random, 20)}`, headers: { authorization: `Bearer ${letters(random, 40)}` } }, msg: some(random, 5) })}\n`,
  "dump of SQL": (random, n) =>
    `INSERT INTO users (id, email, password_hash, api_token) VALUES (${n}, 'user${n}@example.com', '$2b$10$${letters(random, 53)}', '${hex(random, 40)}');\n`,
  "table in CSV": (random, n) =>
    `${n},user${n}@example.com,${letters(random, 12)},${hex(random, 32)},2026-11-28\n`,
  "code that handles tokens": (random, n) =>
    `export async function refresh${n}(token: Token, key: string, password?: string): Promise<Token> {\n  const secret = await readSecret(config.secretKey, { token, key });\n  if (!token || token.key === key) throw new AuthError("token expired", { key });\n  return createToken({ ...token, key, secret, password: hash(password) }, "${some(random, 2)}");\n}\n`,
  "tests of a login": (random, n) =>
    `it("logs in ${n}", async () => {\n  await page.fill("#password", "${letters(random, 10)}1");\n  expect(await login({ user: "a${n}", password: "${letters(random, 9)}7" })).toEqual({ token: "${hex(random, 32)}" });\n});\n`,
  "minified code": (random, n) =>
    `function ${letters(random, 2)}(t,e){var n=t.key,r=e.token;if(n!==r&&(t.auth=e.auth||"${some(random, 1)}",e.key=n))return t.tokens.map((function(t){return t.key+":"+e.passKey}));this.secretKey=t.${random.pick(words)};${n % 3 === 0 ? `e={apiKey:"${letters(random, 32)}"};` : ""}}`,
  base64: (random) => base64Lines(random, 1, 76),
  "one line of base64": (random) => letters(random, 100),
  "dump in hex": (random, n) =>
    `${(n * 16).toString(16).padStart(8, "0")}  ${hex(random, 32).replace(/../g, "$& ")} |................|\n`,
  "difference of git": (random, n) =>
    `@@ -${n},7 +${n},7 @@ function ${random.pick(words)}() {\n   const ${random.pick(words)} = ${n};\n-  const apiKey = "${letters(random, 24)}";\n+  const apiKey = process.env.API_KEY;\n   return ${random.pick(words)};\n`,
  "list of commands": (random, n) =>
    `$ curl -s -u admin:${letters(random, 12)} https://host${n}.example.com/api | jq .\n$ mysql -u root -p${letters(random, 12)} -e 'select ${n}'\n$ docker login -u bot -p ${letters(random, 16)} registry.example.com\n`,
  "coloured output": (random, n) =>
    `\u001b[32m✓\u001b[0m \u001b[1mtest/${random.pick(words)}-${n}.test.ts\u001b[0m \u001b[2m(${n % 40} tests)\u001b[22m \u001b[33m${n % 900}ms\u001b[39m\n`,
  "continued commands": (random, n) =>
    `docker run -d \\\n  --name app${n} \\\n  -e DB_PASSWORD=${letters(random, 14)} \\\n  -e LOG_LEVEL=info \\\n  -p ${8000 + n}:80 \\\n  app:${n}\n`,
  "trace of a failure": (random, n) =>
    `    at ${random.pick(words)}.authenticate (/app/node_modules/@scope/${random.pick(words)}/dist/token-provider.js:${n}:${n % 80})\n`,
  "lock file": (random, n) =>
    `    "node_modules/${random.pick(words)}-${n}": {\n      "version": "${n % 9}.${n % 30}.0",\n      "resolved": "https://registry.npmjs.org/${random.pick(words)}/-/${random.pick(words)}-${n}.tgz",\n      "integrity": "sha512-${letters(random, 86)}==",\n      "license": "MIT"\n    },\n`,
  "page of HTML": (random, n) =>
    `<div class="card card-${n}" data-key="${n}"><input type="password" name="password${n}" autocomplete="current-password" /><a href="https://example.com/${random.pick(words)}?key=${n}">${some(random, 4)}</a></div>\n`,
  "schema of an API": (random, n) =>
    `      ${random.pick(words)}${n}:\n        type: string\n        description: "The token of the ${some(random, 3)}, see key"\n        securitySchemes: { bearerAuth: { type: http, scheme: bearer } }\n`,
  "prose about secrets": (random, n) =>
    `The password of user ${n} was reset, and the token is kept in the vault with its key. ${some(random, 10)}. Never log the secret.\n`,
  prose: (random) => `${some(random, 12)}.\n`,
  "page of a manual": (random, n) =>
    `### ${some(random, 3)}\n\n\`\`\`sh\nexport API_KEY=<your-key>\ncurl -H "Authorization: Bearer $TOKEN" https://api.example.com/v${n}\n\`\`\`\n\n| name | default |\n|---|---|\n| password | none |\n`,
};

/** Texts of at least this many characters, by what they are. */
export function realisticTexts(length: number): Record<string, string> {
  const random = createRandom(11);
  return Object.fromEntries(
    Object.entries(lines).map(([what, line]) => {
      const parts: string[] = [];
      for (let size = 0; size < length; size += parts.at(-1)?.length ?? 0)
        parts.push(line(random, parts.length));
      return [what, parts.join("")];
    }),
  );
}
