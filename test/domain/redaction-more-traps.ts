// More texts without secrets that look as if they held some.

/** None of them may be touched. */
export const moreTraps: readonly string[] = [
  ...`
const { data: token } = useQuery(tokenQuery);
export const passwordSchema = z.object({ password: z.string().min(12).max(72) });
password: yup.string().required("Password is required"),
@IsString() @MinLength(8) password: string;
private final PasswordEncoder passwordEncoder;
passwordEncoder.matches(raw, user.getPassword())
.password(passwordEncoder.encode("password"))
http.oauth2Login().and().csrf().disable()
const secret = await getSecret("prod/db");
secretsmanager.getSecretValue({ SecretId: "prod/db2" })
key := os.Getenv("API_KEY2")
if err := bcrypt.CompareHashAndPassword(hash, []byte(password)); err != nil {
token, err := jwt.Parse(raw, keyFunc)
func WithToken(token string) Option { return func(o *opts) { o.token = token } }
let token = std::env::var("GITHUB_TOKEN").expect("GITHUB_TOKEN not set");
pub async fn refresh_token(&self, token: &Token) -> Result<Token, AuthError> {
#[arg(long, env = "API_TOKEN", hide_env_values = true)]
var token = await _tokenService.CreateAsync(user, ct);
public string Password { get; set; } = string.Empty;
[JsonPropertyName("access_token")] public string AccessToken { get; init; }
services.Configure<JwtOptions>(config.GetSection("Jwt"));
$user->password = Hash::make($request->password);
'password' => ['required', 'confirmed', Password::min(8)],
'password' => env('DB_PASSWORD', ''),
'driver' => 'session', 'provider' => 'users2',
validates :password, length: { minimum: 8 }
has_secure_password
params.require(:user).permit(:email, :password)
password = getpass.getpass("Password: ")
parser.add_argument("--password", help="password of user1")
parser.add_argument("--api-key", default=None)
token = secrets.token_urlsafe(32)
tokens = word_tokenize(text2)
tokenizer = AutoTokenizer.from_pretrained("gpt2")
cache_key = f"user:{user_id}:v2"
key = hashlib.sha256(data).hexdigest()
Key("user#42")
partition_key = "pk"
primaryKey: "id1"
foreignKey: "user_id2"
sortKey: "createdAt2"
<FormField name="password" label="Password" type="password" />
<PasswordInput v-model="password" :feedback="false" />
<input type="password" name="password" value="">
<input type="password" name="password" value="{{ old('password') }}">
document.querySelector('#password').value = '';
cy.get('#password').type(Cypress.env('PASSWORD'))
cy.get('#password').should('be.visible')
await page.fill('#password', process.env.E2E_PASSWORD);
await page.getByLabel('Password').fill(password);
expect(res.body).toEqual({ error: 'invalid_token2' });
assertThat(token.getType()).isEqualTo("Bearer");
it('returns 401 for a wrong password', async () => {
mock.onPost('/token').reply(401)
export type TokenKind = 'access' | 'refresh';
enum TokenType { Identifier = 1, Keyword = 2 }
case 'token': return state.token2;
dispatch(setToken(null));
i18n.t('errors.password.too_short', { count: 8 })
"errors.password": "The password must have 8 characters or more"
"password.reset.title": "Reset your password"
"passwordPlaceholder": "••••••••"
.password-field2 { width: 20rem; }
--token-color-keyword: #d73a49;
color: var(--token-comment2);
CREATE TABLE tokens (id uuid PRIMARY KEY, token_hash bytea NOT NULL);
ALTER TABLE users ADD COLUMN password_hash text;
ALTER TABLE users DROP COLUMN password2;
SELECT password_hash FROM users WHERE email = $1;
INSERT INTO users (name, password) VALUES ($1, $2);
INSERT INTO users (name, password) VALUES (?, ?);
INSERT INTO users (name, password_hash) VALUES ('bob', crypt($2, gen_salt('bf')));
UPDATE users SET password = crypt($1, gen_salt('bf', 12));
ALTER USER app WITH PASSWORD :'pw';
CREATE USER app IDENTIFIED BY '\${DB_PASSWORD}';
kubectl create secret generic db --from-literal=password="$DB_PASSWORD"
kubectl get secret db -o jsonpath='{.data.password}' | base64 -d
docker run -e POSTGRES_PASSWORD -e POSTGRES_USER=app postgres:16
docker run --env-file .env2 app1
docker secret ls
printf '%s' "$PW" | docker secret create db_pw2 -
vault kv get -field=password secret/app2
vault operator unseal
aws ssm get-parameter --name /app/db/password2 --with-decryption
aws ssm put-parameter --name /app/db/password --type SecureString --value "$PW"
aws secretsmanager get-secret-value --secret-id prod/db2
aws secretsmanager list-secrets --max-results 20
az keyvault secret show --vault-name v1 --name db2
gcloud secrets versions access latest --secret=db2
heroku config:set NODE_ENV=production2
fly secrets list
wrangler secret put API_KEY2
gh secret set NPM_TOKEN < token2.txt
gh auth login --hostname git.x.test
cargo login
cargo publish --token "$CARGO_TOKEN"
npm publish --provenance --access public
npm login --registry=https://r.x.test
twine upload -u __token__ -p "$PYPI_TOKEN" dist/*
poetry config pypi-token.pypi "$PYPI_TOKEN"
composer config http-basic.r.test bob "$TOKEN"
bundle config set --local path vendor2
dotnet nuget push a.1.0.2.nupkg -k "$NUGET_KEY" -s https://x.test
dotnet user-secrets set "Db:Host" "db2.x.test"
security find-generic-password -a bob -s x2 -w
security unlock-keychain login.keychain-db2
net user bob2 /active:no
net start w32time
net view \\\\server2
passwd -l bob2
su - postgres -c "psql -p 5433"
su bob2
sudo -u app2 env
mkpasswd --method=sha-512
openssl passwd -6 -stdin
openssl passwd -6 "$PW"
hydra -l bob -P words2.txt ssh://10.0.0.4
snmpwalk -v2c -c public 10.0.0.4
snmpget -v3 -u bob -l authPriv -a SHA -A "$A" -x AES -X "$X" h
redis-cli AUTH "$PW"
mc alias set m http://h:9000 "$USER" "$SECRET"
rclone config show remote2
rclone copy a:b2 c:d2
restic -r /backup2 snapshots --password-file /etc/restic2
cryptsetup luksOpen /dev/sda2 crypt2 --key-file k2
qpdf --show-encryption a2.pdf
qpdf --decrypt a2.pdf b2.pdf
ldappasswd -x -D cn=admin -W
ngrok http 8080
ngrok config check
tailscale status --json
codecov -f coverage2.xml
doctl auth list
supabase link --project-ref abcd1234efgh
pulumi config set region eu-west1
consul kv get db/password2
consul members -http-addr=10.0.0.2:8500
nomad acl token self2
isql -v dsn2
impacket-smbserver share2 .
rasdial "VPN2" /disconnect
schtasks /query /tn task2
signtool verify /pa a2.exe
xcrun altool --list-apps -u bob2
ftp> USER bob
331 Please specify the password.
PASS src/a2.test.ts
PASS test/unit/auth2.spec.js (5.2 s)
PASS  cmd/server2 0.3s
USER node2
USER 1000:1000
AUTH LOGIN PLAIN CRAM-MD5
250-AUTH PLAIN LOGIN XOAUTH2
AUTH required at step2
a1 LOGIN disabled
The access key id is not a secret, and neither is user42.
The password was reset by admin2 on 2026-01-04.
The passphrase protects key2.
Use the password manager of v2.4.1.
Password rules: 12 characters, 1 digit, 1 sign.
Password: see vault item db2.
password for user2: not set
Passwort: siehe Vault
Mot de passe : oublié ?
Das Passwort ist falsch.
Das Passwort ist abgelaufen.
la contraseña es incorrecta
contraseña: obligatoria
senha: inválida
Kennwort: vergessen?
пароль: неверный
New passwords must differ from the last 5.
The pass rate is 98.4%.
pass: 12, fail: 3
pass 3 of 4
Pass: the linter found nothing2
pw2 is the name of the second volume.
pwd: /home/bob2
user: bob2, pass: 3 tests
as the password of user2 is unknown
with step2 as the key
use group2 as the key
Unseal Key 1: (hidden)
license key: not found
The license key is in section 2.1.
recovery key: see 1Password
the key for row42 is missing
Key: user2
Token: identifier2
Token 42 of 128000
Created token for bob2
Access token saved to /home/bob/.config/x2
Access token saved: yes
token (type identifier2) at line 3
token: EOF2
community: public
snmp-server community public RO
snmp-server location room2
enable secret level 5
the client secret expires in 30 days
secret "db2" created
secret/db2 configured
secretName: tls2
secrets: inherit
token: \${{ github.token }}
password: \${{ secrets.DB_PASSWORD2 }}
password: {{ .Values.db.password }}
password: !Ref DbPassword
password: !Sub "{{resolve:secretsmanager:db2:SecretString:password}}"
password: !vault
password: ENC(see-vault)
password: "@Microsoft.KeyVault(SecretUri=https://v.x.test/secrets/db2/)"
password = var.db_password
password = random_password.db2.result
password = (sensitive value)
+ password = (known after apply)
      + master_password                     = (sensitive value)
secret_string = jsonencode(local.db2)
default     = "t3.micro"
variable "db_password" { type = string }
{"name":"password","in":"query","required":true,"schema":{"type":"string","minLength":8}}
{"password":{"type":"string","minLength":8,"maxLength":72},"token":{"type":"string","format":"uuid"}}
{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"db2","key":"password2"}}}
{"name":"API_TOKEN","value":"$(API_TOKEN)"}
{"value":"eu-west-1","name":"AWS_REGION"}
{"ParameterKey":"InstanceType","ParameterValue":"t3.micro2"}
{"Name":"/app/log-level","Value":"debug2"}
{"kind":"Secret","metadata":{"name":"db2","namespace":"prod2"}}
"node_modules/jsonwebtoken": { "version": "9.0.2", "resolved": "https://registry.npmjs.org/jsonwebtoken/-/jsonwebtoken-9.0.2.tgz",
checksum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
github.com/x/y v1.2.3 h1:uNSwBXLoG5ZhQ3tJ0fV2oYkL7fWbNqTz7VxPzP0YkSo=
"_integrity": "sha1-8b1a9953c4611296a827abf8c47804d7e6c49c6b"
key: \${{ runner.os }}-npm-\${{ hashFiles('**/package-lock.json') }}
restore-keys: linux-npm-2
Cache hit for: linux-npm-9f86d081884c7d65
sha: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b
image: ghcr.io/x/y@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
X-Request-Id: 0190f6a2-7c1e-7b3a-9d2f-1a2b3c4d5e6f
keyId=0190f6a2-7c1e-7b3a-9d2f-1a2b3c4d5e6f
kid: 9f86d081884c7d65
public_key: "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 bob@x2
fingerprint: SHA256:uNSwBXLoG5ZhQ3tJ0fV2oYkL7fWbNqTz7VxPzP0YkSo
InvalidKeyError: key must be 32 bytes, got 16
ValueError: secret must be str, not bytes
TypeError: Cannot read properties of undefined (reading 'token2')
psycopg2.OperationalError: FATAL: password authentication failed for user "app2"
ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)
NOAUTH Authentication required.
WRONGPASS invalid username-password pair or user is disabled.
HTTP 401: Bad credentials (https://api.x.test/graphql2)
remote: Support for password authentication was removed on August 13, 2021.
Error: OPENAI_API_KEY is missing or empty; set it in .env2
error: the required argument '--token <TOKEN>' was not provided
Warning: Using a password on the command line interface can be insecure.
WARNING! Your password will be stored unencrypted in /root/.docker/config2.json.
Login Succeeded
Enter PEM pass phrase:
gpg: no default secret key: No secret key
gpg: using RSA key 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B
Enter new UNIX password: Retype new UNIX password: passwd: password updated successfully
usage: passwd [-dehq] [-u user2] [name]
  -P, --password-file FILE   file with the password (default /etc/pw2)
  -k, --api-key KEY          key of the service, or $API_KEY2
  -u, --user USER[:PASSWORD]
curl -u user:password https://x.test
curl -b cookies2.txt -c cookies2.txt https://x.test
curl --cert client2.pem --key key2.pem https://x.test
https://x.test/docs?key=intro2
https://x.test/search?q=password+reset&page=2
https://maps.x.test/js?key=YOUR_API_KEY
https://x.test/i18n?key=auth.login.title2
git fetch https://x.test/o/r.git refs/pull/42/head
otpauth://totp/x:bob?issuer=x
user,password,role
name,token_count,cost
x,12,0.0031
| password | string | yes | 8 to 72 characters |
| token2 | header | the token |
│ token │ kind2 │ line │
<password>{{password}}</password>
<key>CFBundleIdentifier</key><string>com.x.app2</string>
<string name="password_hint">At least 8 characters</string>
<property name="maxTokens" value="4096"/>
<user username="bob2" roles="reader2"/>
The net user growth was 12k in Q3.
net user count: 42k
The cargo login page has step2.
cargo login --registry r2
security import guidelines v2
The security keychain -p flag2 is documented
The bundle config step2 failed
bundle config list
vault operator init -key-shares=5
The vault operator rekeys v2 clusters
consul kv put app/log_level debug2
consul kv get app/config2
redis auth is off in v7
user bob logged in from 10.0.0.4
user bob deleted file42
user bob v2
the login bob@x.test is known since 2024
a1 login page for x2
admin: 3 users, root: 1
admin:x2 is a role
root:x:0:0:root:/root:/bin/bash
daemon:*:19000:0:99999:7:::
bob:!:19000:0:99999:7:::
the key for row user42 is missing
the key for the map is id2
sort by key for the list is O2
use the name as password
use email as the token name2
it was used as token in v2
passes node20 as the api key owner
INSERT INTO users (name, token_count) VALUES ('bob', '42k tokens');
INSERT INTO tokens (name, kind) VALUES ('alpha2', 'beta3');
echo $HOME
echo $PATH2
printenv HOME
kind: SecretStore
kind: Secret and ConfigMap are both mounted at /etc/app2
variable "region" { default = "eu-west-1" }
const f = (user, password) => login2(user, password);
.fill('#email', 'bob2@x.test')
.type('hello world2')
get('#list').type('abc123')
const hash = "$" + value + "$6$";
price is $6$ or $5$ each
echo '$1$2$3'
s/$1$2/x/
awk '{print $1$2$3}'
password(s) of user2
tokens (see section 4.2): none
token (optional): string2
password (min. 8 characters): required
secret (base64): see docs2
a[token] || 'default1'
const kind = token ?? 'none1';
password <- readline2()
if token <- ch; token != nil {
char password[64];
char token[MAX_TOKEN2] = {0};
password = bytes(16)
token = Some(Token::Ident2)
key = Buffer.from(hex2, "hex")
The password saved in step2 is kept.
The password you chose in step2 is fine.
password to reset: see step2
token we need: later
see the table of tokens - step2
│ token    │ identifier2 │
<Token kind="ident2">x</Token>
<Password label="Password2" />
<xs:Password type="xs:string2"/>
{"value":"debug2","name":"LOG_LEVEL"}
{"value":"see docs2","name":"password_hint"}
-b 'feature/x2'
git checkout -b 'x=2'
variable=PATH]/usr/bin2
--from-file=key=./key2.pem
signtool sign /fd sha256 /tr http://ts.test a2.exe
mkpasswd is part of whois2
isql is a tool for odbc2
secret set in v2 --value unknown
supabase start -p
redis> auth
login -p
hydra -p
`
    .trim()
    .split("\n"),
  "<key>CFBundleVersion</key>\n<string>1.2.3</string>",
  '["password"]=>\n  string(0) ""',
  "apiVersion: v1\nkind: Service\nmetadata:\n  name: db2\ndata:\n  a: b2",
  "apiVersion: v1\nkind: ConfigMap\ndata:\n  LOG_LEVEL: debug2\n  HOST: db2.x.test",
  "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db2\n  namespace: prod2\n",
  "password:\n  required: true\n  min: 8\n",
  "usage:\n  tool --password <password>\n  tool --token <token>\n",
  "admin_password = <<EOT\n${var.pw}\nEOT",
  "cat <<EOF > a\nhost2\nEOF",
  'variable "db_name" {\n  type    = string\n  default = "shop2"\n}',
  'variable "db_password" {\n  type      = string\n  sensitive = true\n}\nvariable "x" {\n  default = "y12345"\n}',
  "args:\n  - --verbose\n  - --port=8080\n",
  "- --password\n- --verbose\n",
  'Content-Disposition: form-data; name="file"; filename="a2.txt"\r\n\r\nhello2\r\n',
  "Tests: 3 passed\nPASS\n  3 files2",
];
