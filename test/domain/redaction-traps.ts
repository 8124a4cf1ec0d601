// Texts and payloads without secrets that look as if they held some: none may be touched.

import type { JsonValue } from "../../src/domain/json-value.js";
import { createRandom } from "../support/random.js";
import { moreTraps } from "./redaction-more-traps.js";

const random = createRandom(300);
const run = (alphabet: string, length: number) =>
  Array.from({ length }, () => random.pick([...alphabet])).join("");
const hex = (length: number) => run("0123456789abcdef", length);
const base64 = (length: number) =>
  run("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", length);
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-b${hex(3)}-${hex(12)}`;

const identifiers = Array.from({ length: 8 }, () => [
  `commit ${hex(40)}`,
  `Merge: ${hex(7)} ${hex(7)}`,
  `${hex(8)}..${hex(8)} main -> main`,
  `request ${uuid()} took ${random.below(900)} ms`,
  `traceparent: 00-${hex(32)}-${hex(16)}-01`,
  `"integrity": "sha512-${base64(86)}=="`,
  `sha256:${hex(64)}`,
  `etag: W/"${hex(10)}"`,
  `docker.io/library/node@sha256:${hex(64)}`,
  `md5 ${hex(32)}  a.tar.gz`,
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${base64(43)} bob@host`,
  `SHA256:${base64(43)}`,
  `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${base64(120)}`,
  `run_${hex(32)} ses_${hex(32)} evt_${hex(32)}`,
  `0x${hex(40)}`,
  `https://x.test/o/r/commit/${hex(40)}`,
  `"spanId":"${hex(16)}","traceId":"${hex(32)}"`,
  `go.sum h1:${base64(43)}=`,
]).flat();

const code = `
const token = await refresh(session);
const { token, user } = await login(form);
if (!token) return unauthorized();
export interface Session { token: string; expiresAt: Date }
function sign(payload: Payload, secret: Secret): string {
type Keys = keyof typeof secrets;
password: z.string().min(8),
password = forms.CharField(widget=forms.PasswordInput)
token = request.headers.get("x-token")
token = lexer.next_token()
let token = self.tokens.peek();
match token { Token::Ident(name) => name, _ => return }
case Token.STRING: return token.value;
tokens.push({ type: "identifier", value: name });
secret = os.getenv("SECRET")
api_key = settings.API_KEY
apiKey: process.env.OPENAI_API_KEY,
apiKey: import.meta.env.VITE_KEY,
password: faker.internet.password(),
$password = $_POST['password'];
$token = bin2hex(random_bytes(32));
password := r.FormValue("password")
var password = Console.ReadLine();
String password = System.getenv("DB_PASSWORD");
let password = rpassword::prompt_password("Password: ")?;
@Value("\${db.password}") private String password;
password = "\${var.db_password}"
token = data.vault_generic_secret.x.data["token"]
secret: ref('jwt-secret'),
auth: { username, password },
authToken: token,
key: value,
sort(key=lambda item: item.name)
dict(key=value, token=token)
cache.set(key, value)
map.get(key) ?? fallback
keys = Object.keys(tokens)
const key = \`\${prefix}:\${id}\`;
<input type="password" autocomplete="current-password" />
<label htmlFor="password">Password</label>
<Trans i18nKey="auth.password.reset" />
#password { color: red; }
.token.keyword { color: #07a; }
.sk-folding-cube .sk-cube4:before { transform: scale(1.1) }
.pat-input-field-wide { margin: 0 }
import { Token } from "./token";
from secrets import token_hex
use secrecy::SecretString;
-- password VARCHAR(72) NOT NULL,
SELECT token, count(*) FROM events GROUP BY token;
UPDATE users SET password = $1 WHERE id = $2
GRANT SELECT ON tokens TO app;
CREATE INDEX tokens_key ON tokens (key);
PRIMARY KEY (tenant_id, key)
fetch(url, { credentials: "include" })
fetch(url, { credentials: "same-origin", mode: "cors" })
axios.defaults.withCredentials = true;
credentials: "omit"
{ "type": "token", "token": "let" }
{"type":"token","token":"function","start":12,"end":20}
{ type: "token", token: "=>" }
assert token.type == "NAME"
expect(screen.getByLabelText("Password")).toBeVisible();
expect(error.message).toBe("Invalid token");
it("rejects a wrong password", async () => {
describe("token refresh", () => {
throw new Error("password must not be empty");
raise ValueError("token: expected string")
panic!("token mismatch: {:?}", token)
log.info("token refreshed", { userId });
console.log("api key loaded:", Boolean(apiKey));
if (key === "Enter") submit();
keyCode: 13, key: "ArrowUp"
event.key === "Escape"
max_tokens: 4096,
stop_token_ids=[128001, 128009]
eos_token: "<|endoftext|>"
pad_token = "[PAD]"
bos_token_id: 1
tokenizer.encode("hello world")
"token": " the", "logprob": -0.31
{"token":"Hello","logprob":-0.0012,"bytes":[72,101,108,108,111]}
next_page_token: "",
csrf_token is missing
<meta name="csrf-token" content="">
passwordField.setText("")
hash = bcrypt.hashpw(password, salt)
return hmac.compare_digest(token, expected)
private readonly secret: Buffer;
secret?: string
def get_secret(name: str) -> str:
func NewToken(kind Kind, pos int) Token {
impl From<Token> for String {
pub struct Credentials { pub username: String, pub password: String }
type Auth = { kind: "bearer"; token: string } | { kind: "none" };
enum AuthKind { BASIC = "basic", BEARER = "bearer" }
@Input() password!: string;
v-model="form.password"
ng-model="user.password"
placeholder="Password"
aria-label="Show password"
data-testid="password-input"
autocomplete="one-time-code"
$("#password").val()
client.login("bob", password)
new Credentials(user, pass)
jwt.verify(token, publicKey)
jwt.sign(payload, process.env.SECRET)
createHmac("sha256", key)
createHash("sha256")
auth=("user", password)
getConnection(url, user, password)
<path d="M10 10h4v4h-4z" />
{"d":"M12 2L2 7l10 5 10-5-10-5z","fill":"none"}
`
  .trim()
  .split("\n");

const prose = `
The token is stored in the keychain.
Tokens are counted before the request is sent.
A token costs $0.000003; 1,200 tokens were used.
The password is hashed with argon2id.
The password is required.
The password is never logged.
Your password must be at least 12 characters long.
Your password was changed on 2026-11-03.
Please set a new password to continue.
Set the password to something long.
Pass the token to the next step.
I gave the token to user42 in step3.
The secret is to keep it simple.
The key is to read before you write.
The key to the cache is the path.
It passes 3 of 4 tests.
All 12 tests pass: build2 is green.
The auth flow uses OAuth2 with PKCE.
Basic auth is off; use a bearer token.
Bearer tokens expire after 15 minutes.
See the credentials section in the README.
Credentials: see 1Password.
Login / Sign up
admin / user roles
root / home / var
user / group permissions
The admin / operator scopes differ.
Use admin / admin2 locally.
The recovery codes are in the safe.
Recovery codes: 10 left.
Backup codes can be used once.
The seed phrase is a list of twelve words that you write down and keep in a safe place forever.
A mnemonic is easier to remember than a long number when people have to write things down for later use.
Write your recovery phrase on paper, never in a file that others might read after you have left.
API keys are shown once.
The API key is read from the environment.
API key: required
Secret: none
secret key: see vault
access token: expired
refresh token: not found
Token limit: 200000
token count 128000 exceeds 100000
Max tokens: 8192; temperature 0.2
Error: invalid api key
Error 401: token expired at 2026-11-28T10:00:00Z
fatal: Authentication failed for 'https://x.test/o/r.git/'
Permission denied (publickey,password).
bob@host's password:
Enter passphrase for key '/root/.ssh/id_ed25519':
Username for 'https://x.test': bob
[sudo] password for bob:
Sorry, try again.
Password reset mail sent to bob@x.test
password strength: weak
password confirmation does not match
The keyboard shortcut is Ctrl+K.
monkey: banana12
turkey: istanbul34
The author is bob42.
authored-by: alice99
Authority: ca1.x.test:8443
Compass: N32W104
passenger: Smith2
Passport control is at gate B12.
Keynote: hall2
The monkeypatch is applied at start2.
Credit: photo1 by bob
secretary: alice99
tokenization: BPE50k
The token in step2 is a string.
The password for user42 is not stored.
The password that you chose is too short.
Log in with the password of user42.
The pw command is passwd in disguise.
password - a string of 8 characters
token -> Token2
credentials are stored in vault2
creds: none
login: bob42
the key is section4
The API key for step3 is in the vault.
`
  .trim()
  .split("\n");

const output = `
  --token <token>        access token to use
  --password string      password (default "")
  -p, --password PASSWORD
usage: mysql [-p password] [-u user]
mysql -u root -p < dump.sql
mysql -p --host=db shop
docker login -u bob --password-stdin reg.test
echo "$TOKEN" | docker login -u bob --password-stdin
sshpass -e ssh host
sshpass -f /run/pw ssh host
curl -u "$USER:$PASS" https://x.test
curl -u bob https://x.test
curl --user $CREDS https://x.test
openssl rand -hex 32
openssl enc -k "$KEY" -in a
openssl genrsa -out key.pem 2048
zip -r out.zip dist
7z x archive.7z
zip -P "$PW" a.zip b
ldapsearch -x -W -D cn=admin
ldapsearch -s base -b "" namingContexts
redis-cli -h cache ping
redis-cli -a "$REDIS_PASS" ping
psql -U app -h db -W shop
PGPASSWORD="$PW" psql
mongosh --host db -u admin -p
smbclient -L //host -N
sqlcmd -S db -E -Q "select 1"
gpg --list-secret-keys
gpg: key 0123456789ABCDEF marked as ultimately trusted
ssh-keygen -t ed25519 -N "" -f key
ssh -i ~/.ssh/id_rsa bob@host
kubectl get secret db -o yaml
kubectl create secret generic db --from-file=password=./pw.txt
kubectl delete secret db-credentials-2024
secret/db-credentials created
vault read secret/data/app1
vault login -method=oidc
gh auth token
gh secret list
gh auth status: Logged in to github.com as bob (keyring)
npm token list
npm notice token expired
aws sts get-session-token
aws configure list
export TOKEN="$(cat token.txt)"
export API_KEY=\${API_KEY:?missing}
TOKEN=
PASSWORD=""
PASSWORD=changeme
API_KEY=your-api-key-here
API_KEY=<your key>
SECRET_KEY=xxxxxxxx
DB_PASSWORD=********
TOKEN_FILE=/run/secrets/token1
PASSWORD_FILE=/run/secrets/db2
SSH_KEY_PATH=~/.ssh/id_rsa2
KEY_ID=abc123def
AWS_ACCESS_KEY_ID=
CREDENTIALS_DIR=/etc/creds1
tokens/s: 143.2
tok/s 98.7 prompt_tokens=412
usage: {"input_tokens": 412, "cache_read_input_tokens": 20480}
cache key: node-modules-linux-3f786850e387
Cache restored from key: setup-node-Linux-x64-npm-3f786850e387550f
key not found: build/42
duplicate key value violates unique constraint "tokens_key1"
Key (id)=(42) already exists.
KeyError: 'token2'
AuthenticationError: wrong credentials (code 18)
password authentication failed for user "app1"
 ✓ token.test.ts (12)
 ✗ password › rejects short3 passwords
PASS src/auth/token2.test.ts
ok 3 - password is hashed
--- PASS: TestToken2 (0.01s)
12 passed, 3 failed, 1 skipped
src/token.rs:42:17
  at parseToken (/app/src/lexer2.js:10:3)
modified: src/password_reset2.py
create mode 100644 tests/fixtures/token2.json
rename src/{secret.ts => secrets2.ts} (98%)
+  password?: string;
-  const token = input.token ?? null;
@@ -12,7 +12,7 @@ function token2() {
Downloading passlib-1.7.4-py2.py3-none-any.whl
Successfully installed keyring-24.3.0 secretstorage-3.3.3
Compiling secrecy v0.8.0
added 3 packages: jsonwebtoken@9.0.2
http://localhost:3000/login?next=/token2
https://x.test/docs/authentication#api-keys
https://x.test/reset-password?email=bob@x.test
postgres://localhost/shop_test2
postgres://user:password@localhost/db
mongodb://localhost:27017/db1
redis://cache.test:6379/2
git@github.com:o/r.git
https://user@x.test/path
ws://127.0.0.1:4000/graphql
mailto:bob@x.test?subject=a:b@c
10.0.0.1:5432:open
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
Authorization: Basic <credentials>
WWW-Authenticate: Basic realm="x1"
Cookie: <redacted>
Set-Cookie: (none)
X-Api-Key: $API_KEY
Access-Control-Allow-Headers: Authorization, X-Api-Key2
Vary: Authorization
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
ssl_certificate_key /etc/ssl/key1.pem;
IdentityFile ~/.ssh/id_ed25519
PasswordAuthentication no
PubkeyAuthentication yes
auth required pam_unix.so
AuthType Basic
AuthUserFile /etc/apache2/.htpasswd
secretKeyRef: { name: db1, key: password }
passwordSecretRef: db-credentials1
existingSecret: redis-auth2
tokenReview: v1
serviceAccountToken: { path: token, expirationSeconds: 3600 }
imagePullSecrets: [regcred1]
password: [required, min8]
tokens: [1, 2, 3]
password: &default
docker run -u 1000 -p 8080:80 nginx
ssh -p 2222 bob@host
mkdir -p build1/out2
psql -U app -p 5432
echo "done" | sudo tee /etc/motd
echo "$PW" | sudo -S true
pwd; ls
| Field | Type | Description |
| password | string | the password of the user |
| token | string | null | the token |
| API_KEY | yes | where to find it |
\u001b[32mPASS\u001b[0m src/token2.test.ts
\u001b[31mpassword\u001b[0m: required
\u001b[36mtoken\u001b[39m\u001b[0m: \u001b[33mstring\u001b[39m
`
  .split("\n")
  .filter((line) => line !== "");

const translations = [
  '"password": "Passwort"',
  '"password": "Mot de passe"',
  '"password": "Contraseña"',
  '"password": "パスワード"',
  '"password": "密码"',
  '"password": "Пароль"',
  '"password": "Senha"',
  '"password": "Wachtwoord"',
  '"password": "Hasło"',
  '"token": "Jeton"',
  '"secret": "Geheimnis"',
  '"apiKey": "Clé API"',
  '"passwordHint": "Mindestens 8 Zeichen"',
  '"password": "Passwort eingeben"',
  "password: Passwort",
  "password: Contraseña",
  'msgid "Password"\nmsgstr "Salasana"',
];

/** Texts without a secret. */
export const trapTexts: readonly string[] = [
  ...new Set([...identifiers, ...code, ...prose, ...output, ...translations, ...moreTraps]),
  "description: |\n  the password is set\n  in the environment\n",
  "script: |\n  echo $TOKEN\n  make\n",
  'doc = """\nThe token must not be empty.\n"""',
  "tool \\\n  --password \\\n  --verbose",
  "docker run \\\n  -e TOKEN \\\n  image",
  `payload ${btoa(JSON.stringify({ name: "build", path: "src/a.ts", count: 42 }))}`,
  `source map ${btoa(JSON.stringify({ version: 3, sources: ["token.ts"], mappings: "AAAA" }))}`,
];

/** Payloads without a secret. */
export const trapPayloads: readonly JsonValue[] = [
  {
    logprobs: {
      content: [{ token: "Hello", logprob: -0.3, bytes: [72], top_logprobs: [{ token: "Hi", logprob: -1 }] }],
    },
  },
  { logprobs: [{ token: " secret", logprob: -2.1 }] },
  { top_logprobs: [{ token: "abc123def", logprob: -0.1, bytes: null }] },
  { type: "token", token: "let" },
  { tokens: [{ type: "token", token: "function", start: 0, end: 8 }] },
  { kind: "identifier", token: "userName", line: 3, column: 7 },
  { url: "/api", init: { method: "POST", credentials: "include" } },
  { credentials: "same-origin" },
  { credentials: "omit", mode: "cors" },
  { de: { password: "Passwort", token: "Token", secret: "Geheimnis" } },
  { fr: { password: "Mot de passe", forgotPassword: "Mot de passe oublié ?" } },
  { es: { password: "Contraseña", apiKey: "Clave de API" } },
  { ja: { password: "パスワード", secret: "秘密" } },
  { ru: { password: "Пароль", token: "Токен" } },
  { en: { password: "Password", passwordConfirm: "Confirm your password", token: "Token" } },
  { labels: { password: "Enter your password", apiKey: "Your API key" } },
  { errors: { password: "Password is too short", token: "The token has expired" } },
  { usage: { input_tokens: 12, output_tokens: 40, total_tokens: 52 } },
  { max_tokens: 4096, stop_token: "<|eot|>" },
  { tokenizer: "cl100k_base", tokenCount: 12 },
  { key: "ArrowUp", code: "ArrowUp" },
  { key: "src/a.ts", value: "x1y2z3a4b5" },
  { name: "PATH", value: "/usr/bin:/usr/local/bin2" },
  { name: "NODE_VERSION", value: "v20.19.0" },
  { password: { type: "string", format: "password", minLength: 8 } },
  { properties: { token: { type: "string", description: "The token" } }, required: ["token"] },
  { hasPassword: true, passwordChangedAt: "2026-11-28T10:00:00Z" },
  { secretName: "db-credentials-2024", secretRef: "vault/app1" },
  { keyId: "k_0123456789", publicKey: "ssh-ed25519 AAAAC3" },
  { nextPageToken: "CAUQAA12345", continuationToken: "1ueGcxLPRx1Tr2" },
  { args: ["--token", "--verbose"], cwd: "/app1" },
  { args: ["--password-stdin", "registry1.test"] },
  { argv: ["grep", "-rn", "password:", "src/auth1.ts"] },
  { argv: ["psql", "-p", "5433", "-U", "app1", "shop2"] },
  { argv: ["mkdir", "-p", "build2/out3"] },
  { argv: ["echo", "first1\npassword:\n", "second2.txt"] },
  { argv: ["npm", "run", "test:token2", "--", "-p", "chromium2"] },
  { command: ["git", "commit", "-m", "Rotate the token: see docs2", "a1b2c3d4.md"] },
  { command: ["docker", "login", "-u", "bob1", "--password-stdin", "r2.test"] },
  { command: ["zip", "-r", "a2.zip", "src1"], args: ["README2.md"] },
  { command: ["build1", "mysql -p", "lint2"] },
  { command: "mysql", args: ["-h", "db1", "-P", "3306", "shop2"] },
  { command: "curl", args: ["-u", "bob1", "-o", "out2:a1", "https://x.test/a2"] },
  { tags: ["security", "login", "-v", "v2.1.3"] },
  { words: ["the", "net", "-u", "bundle2"] },
  { idempotencyKey: "build-42-deploy-7", cacheKey: "k1" },
  { commit: hex(40), tree: hex(40), parent: null },
  { integrity: `sha512-${base64(86)}==` },
  { sessionId: uuid(), traceId: hex(32) },
];
