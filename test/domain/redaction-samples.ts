// Texts with secrets, made from templates with a seed: `{a36}` stands for 36 letters and digits, `{h32}` for hex, `{P}` for a
// password. So the file holds nothing that a scanner takes for a leak, and every sample is a fresh one.

import { createRandom } from "../support/random.js";
import { lastContexts, lateContexts, moreContexts } from "./redaction-more-samples.js";

/** A text and what must not be left of it. */
export type Sample = { family: string; text: string; secrets: string[] };

const random = createRandom(20_261_128);
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const digits = "0123456789";
const alphabets: Record<string, string> = {
  a: upper + lower + digits,
  s: `${upper}${lower}${digits}_-`,
  b: `${upper}${lower}${digits}+/`,
  h: `${digits}abcdef`,
  u: upper + digits,
  l: lower + digits,
  d: digits,
  c: lower,
  k: `${upper}234567`,
};

function run(kind: string, length: number): string {
  const alphabet = alphabets[kind] ?? "";
  const text = Array.from({ length }, () => random.pick([...alphabet])).join("");
  // A run of 16 without a digit or with nothing but digits is no likely token.
  if (length < 16 || !"aslub".includes(kind)) return text;
  return `${text.slice(0, -3)}${random.below(9)}${kind === "u" ? "X" : "x"}${random.below(9)}`;
}

const uuid = () => `${run("h", 8)}-${run("h", 4)}-4${run("h", 3)}-a${run("h", 3)}-${run("h", 12)}`;
const names = ["Falcon", "river", "Tango", "maple", "Copper", "violet", "Harbor", "quartz"];
const password = () =>
  random.pick([
    () => `${random.pick(names)}${random.pick(["-", "_", "!", "#"])}${run("d", 3)}${random.pick(names)}`,
    () => `${run("c", 6)}${run("d", 3)}${random.pick(["!", "", "x"])}`,
    () => `${run("u", 1)}${run("c", 5)}${run("d", 2)}${random.pick(["!", "#", "%"])}${run("c", 3)}`,
    () => `${run("a", 12)}${run("d", 1)}z`,
  ])();

/** Fills a template; what stands between « and » is secret. */
function fill(template: string): { text: string; secrets: string[] } {
  const filled = template.replace(
    /\{(?:([asbhuldck])(\d+)|U|P)\}/g,
    (whole, kind: string, length: string) => {
      if (whole === "{U}") return uuid();
      return whole === "{P}" ? password() : run(kind, Number(length));
    },
  );
  const secrets = [...filled.matchAll(/«([^»]*)»/g)].map((match) => match[1] ?? "");
  return { text: filled.replace(/[«»]/g, ""), secrets };
}

const forms = `
ghp_{a36} gho_{a36} ghu_{a36} ghs_{a36} ghr_{a36} github_pat_{a22}_{a59} glpat-{s20} glptt-{h40} gldt-{s20} glrt-{s20}
glpat-{a27}.{l2}.{l9} glimt-{s25} glsoat-{s20} AKIA{k16} ASIA{k16} AIza{s35} ya29.{s68} GOCSPX-{s28} 1//0{s60} xoxb-{d12}-{d12}-{a24}
xoxp-{d12}-{d12}-{h32} xoxd-{a20}%2B{a40}%3D xoxc-{d12}-{h64} xapp-1-A{u9}-{d12}-{h64} xoxe.xoxp-1-{a100} sk_live_{a24} rk_live_{a24}
sk_test_{a24} whsec_{a32} sk-{a48} sk-proj-{s60} sk-ant-api03-{s90}AA sk-or-v1-{h64} sk-svcacct-{s60} npm_{a36} pypi-AgEIcHlwaS5vcmc{s80}
SG.{s22}.{s43} SK{h32} hf_{a34} dop_v1_{h64} doo_v1_{h64} hvs.{s90} hvb.{s90} dapi{h32} shpat_{h32} shpss_{h32} NRAK-{u27} glsa_{a32}_{h8}
glc_{b60} gsk_{a52} xai-{a80} pplx-{a48} lin_api_{a40} ntn_{a46} secret_{a43} figd_{s40} dckr_pat_{s27} dckr_oat_{s32} sbp_{h40}
pul-{h40} PMAK-{h24}-{h34} sntrys_{b80} sntryu_{h64} ATATT3xFfGF0{s170} ATCTT3xFfGN0{s170} tskey-auth-{a12}-{a32} tskey-api-{a12}-{a32}
AGE-SECRET-KEY-1{u58} {d10}:AA{s33} eyJhbGciOiJIUzI1NiJ9.eyJ{s40}.{s43} rubygems_{h48} cio{a32} r8_{a37} pcsk_{a6}_{a60} tvly-{a32}
tvly-dev-{a32} lsv2_pt_{h32}_{h10} lsv2_sk_{h32}_{h10} sk-lf-{U} pat{a14}.{h64} pat-na1-{U} pat-eu1-{U} ATBB{a32} sb_secret_{s22}_{a8}
napi_{l60} npg_{a14} pscale_tkn_{s43} pscale_pw_{s43} pscale_oauth_{s43} nfp_{a36} nfc_{a36} fo1_{s43} fm2_{b120} HRKU-{U} HRKU-AA{s58}
sqp_{h40} squ_{h40} sqa_{h40} dp.pt.{a43} dp.st.dev.{a43} dp.ct.{a43} MTA{a21}.{s6}.{s38} NzI{a21}.{s6}.{s27} OTk{a21}.{s6}.{s38}
key-{h32} {h32}-{h8}-{h8} sl.{s135} sl.u.{s140} EAAA{s60} sq0atp-{s22} sq0csp-{s43} AAAAAAAAAAAAAAAAAAAAA{a22}%3D{a60}
{a3}8Q~{s34} {a14}.atlasv1.{s67} AKCp8{a68} cmVmdGtu{a56} xkeysib-{h64}-{a16} mlsn.{h64} re_{a8}_{a24} phx_{a43} tfp_{a44}_{a12}
vercel_blob_rw_{a16}_{a30} vcp_{a56} bkua_{l40} CCIPAT_{a22}_{h40} CFPAT-{s43} dt0c01.{u24}.{u64} nvapi-{s64} jina_{a60} fw_{a24}
csk-{l48} pa-{s43} e2b_{h40} dtn_{h64} ls__{h32} waka_{U} sgp_{h16}_{h40} ATTA{h64} LTAI{a20} oy2{l43} rdme_{l70} CLOJARS_{l60} GR1348941{s20}
EZAK{a54} access-production-{U} shippo_live_{h40} EAACEd{a150} ops_eyJ{s200} A3-{u6}-{u6}-{u5}-{u5}-{u5}-{u5} xprv{a107} SUA{k55} v1.0-{h24}-{h146}
{h32}-us14 lin_oauth_{a40} fc-{h32} key_{h64} tgp_v1_{s43} {a76}AZDO{a4} dG9rO{a43}0= pk_{d8}_{u32} hooks.slack.com/services/T{u9}/B{u9}/{a24}
discord.com/api/webhooks/{d18}/{s68} webhook.office.com/webhookb2/{U}@{U}/IncomingWebhook/{h32}/{U}
`
  .trim()
  .split(/\s+/);

const sentences = [
  "The tool printed {} and went on.",
  "got {} back",
  "- {}",
  "({})",
  "see {}\nand the rest",
  "value: {}",
  '["{}", 3]',
  "{}",
  "out=$(cat f) # {}",
  "was `{}` before",
];

const contexts: Record<string, string[]> = {
  environment: [
    "PATH=/usr/bin\nDB_PASSWORD=«{P}»\nHOME=/root",
    "export API_KEY=«{a24}»",
    "STRIPE_SECRET_KEY='«{a30}»'",
    'DJANGO_SECRET_KEY="«{a40}»"',
    "REDIS_PASS=«{P}»\nREDIS_HOST=r",
    'declare -x NPM_TOKEN="«{a36}»"',
    "AWS_SECRET_ACCESS_KEY=«{a40}»",
    "set DB_PASSWORD=«{P}»\r\necho done",
    '$env:API_TOKEN = "«{a32}»"',
    "setx API_KEY «{a32}»",
    "ENV SECRET_TOKEN «{a24}»",
    "docker run -e POSTGRES_PASSWORD=«{P}» -p 5432:5432 postgres",
    "GH_TOKEN=«{a40}» gh pr list",
    "MYSQL_PWD=«{P}» mysql -u root",
    "JWT_SECRET=«{a20}» node server.js",
    "env | grep TOKEN\nCI_JOB_TOKEN=«{a20}»",
    "SMTP_PASSWORD=«{P}»;SMTP_USER=bob",
  ],
  header: [
    "Authorization: Bearer «{a40}»",
    "authorization: Basic «{a30}4=»",
    "> Authorization: token «{h40}»",
    "-H 'Authorization: Bearer «{s50}»'",
    "X-Api-Key: «{a32}»",
    "x-auth-token: «{a32}»",
    "Cookie: sid=«{a26}»; theme=dark",
    "Set-Cookie: session=«{a30}»; HttpOnly",
    "Proxy-Authorization: Basic «{a24}4=»",
    "PRIVATE-TOKEN: «{a20}»",
    '{"headers":{"authorization":"Bearer «{a30}»"}}',
    'Authorization: Digest username="bob", realm="x", nonce="«{h32}»", response="«{h32}»"',
    "X-Vault-Token: «{a26}»",
    "X-Amz-Security-Token: «{a60}»",
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDX/20240101/eu/s3/aws4_request, Signature=«{h64}»",
    "Ocp-Apim-Subscription-Key: «{h32}»",
  ],
  url: [
    "postgres://app:«{P}»@db.test:5432/shop",
    "mysql://root:«{P}»@10.0.0.4/shop",
    "redis://:«{a20}»@cache.test:6379",
    "mongodb+srv://svc:«{P}»@c0.mongodb.test/db?retryWrites=true",
    "amqps://user1:«{a16}»@mq.test/v",
    "https://bob:«{P}»@git.test/o/r.git",
    "https://x-token-auth:«{a32}»@bitbucket.test/o/r.git",
    "https://«{a40}»@git.test/o/r.git",
    "https://«{h40}»:x-oauth-basic@github.test/o/r",
    "GET /cb?access_token=«{a32}»&state=x",
    "https://a.test/x?api_key=«{a32}»",
    "https://s3.test/b/o?X-Amz-Signature=«{h64}»",
    "https://a.blob.test/c?sv=2022&sig=«{a43}%3D»&se=2030",
    "https://hooks.test/t?token=«{a24}»",
    "jdbc:postgresql://db/shop?user=app&password=«{P}»",
    "sftp://deploy:«{P}»@host/upload",
    "wss://x.test/ws?auth_token=«{a32}»",
    "ftp://bob:«{P}»@ftp.test/",
  ],
  connection: [
    "Server=db;User Id=sa;Password=«{P}»;Encrypt=true",
    "Data Source=x;uid=sa;pwd=«{P}»;",
    "AccountName=shop;AccountKey=«{b86}»==;EndpointSuffix=core",
    "Endpoint=sb://x.test/;SharedAccessKeyName=root;SharedAccessKey=«{b43}=»",
    "host=db user=app password=«{P}» dbname=shop",
    "app:«{P}»@tcp(db:3306)/shop",
    "sqlplus system/«{P}»@//db:1521/XE",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«{b86}»==",
    "DRIVER={ODBC};SERVER=x;UID=sa;PWD=«{P}»",
    "amqp://u1:«{P}»@mq:5672/%2f failed",
    "jdbc:oracle:thin:scott/«{P}»@db:1521:x",
    "snowflake://bob:«{P}»@acc/db",
    "smtp://mailer:«{P}»@smtp.test:587",
    "HostName=h.test;DeviceId=d;SharedAccessKey=«{b43}=»",
  ],
  file: [
    "bindpw «{P}»",
    "rootpw «{P}»",
    'psk="«{P}»"',
    '{"kty":"RSA","d":"«{s86}»","n":"x"}',
    "[default]\naws_access_key_id = «AKIA{k16}»\naws_secret_access_key = «{b40}»",
    "machine x.test login bob password «{P}»",
    "db.test:5432:shop:app:«{P}»",
    "//registry.test/:_authToken=«{a36}»",
    '//registry.test/:_password="«{a24}»"',
    "[distutils]\nusername = u\npassword = «{P}»",
    "requirepass «{P}»",
    "masterauth «{P}»",
    "spring.datasource.password=«{P}»",
    "db:\n  user: app\n  password: «{P}»\n  port: 5432",
    "apiKey: «{a32}»",
    "client_secret: «{a32}»",
    '{"auths":{"r.test":{"auth":"«{a32}0=»"}}}',
    '"private_key_id": "x", "client_secret": "«{s28}»"',
    "-----BEGIN RSA PRIVATE KEY-----\n«{b64}»\n«{b64}»\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n«{b70}»\n«{b30}»\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n«{b64}»\\n«{b64}»\\n-----END PRIVATE KEY-----",
    "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 2\n«{b64}»\n«{b40}»\nPrivate-MAC: {h64}",
    "PrivateKey = «{b43}=»",
    "users:\n- name: k\n  user:\n    token: «{a64}»",
    "client-key-data: «{b80}»",
    "apiVersion: v1\nkind: Secret\ndata:\n  password: «{a20}0=»",
    "<server><id>x</id><password>«{P}»</password></server>",
    '<add key="ApiKey" value="«{a32}»" />',
    "- name: DB_PASSWORD\n  value: «{P}»",
    'encryption_key = "«{h64}»"',
    "secret_key_base: «{h128}»",
    "[mysqld]\nuser=x\npassword=«{P}»",
    'ansible_become_pass: "«{P}»"',
    "ansible_ssh_pass=«{P}»",
    "vault_password: «{P}»",
    "npmAuthToken: «{a36}»",
    "wpa_passphrase=«{P}»",
    "BindPassword «{P}»",
    "sslkeypassword = «{P}»",
  ],
  command: [
    "tool -u bob -p «{P}» --all",
    "echo «{P}» | sudo -S apt update",
    "echo '«{P}»' | docker login -u bob --password-stdin r.test",
    "usermod -p '«{P}»' bob",
    "rabbitmqctl add_user bob «{P}»",
    "ssh-keygen -t rsa -N '«{P}»' -f k",
    "unzip -P«{P}» a.zip",
    "rar a -hp«{P}» a.rar b",
    "redis-cli --pass «{P}» ping",
    'chpasswd <<< "bob:«{P}»"',
    "snyk auth «{U}»",
    "nmcli dev wifi connect Home password «{P}»",
    "mount -t cifs //s/x /m -o username=bob,password=«{P}»",
    "helm install x --set auth.password=«{P}»",
    "curl -u bob:«{P}» https://x.test",
    "curl --user 'bob:«{P}»' x.test",
    "wget --password=«{P}» ftp://x",
    "wget --user=bob --http-password=«{P}» x.test",
    "mysql -uroot -p«{P}» shop",
    "mysqldump --password=«{P}» shop",
    "mongosh -u admin -p «{P}» --host db",
    "mongodump -u admin -p '«{P}»'",
    "sshpass -p «{P}» ssh h",
    "redis-cli -a «{P}» ping",
    "docker login -u bob -p «{P}» r.test",
    "helm registry login r.test -u bob -p «{P}»",
    "az login --service-principal -u x -p «{a34}» --tenant t",
    "openssl enc -aes-256-cbc -k «{P}» -in a",
    "openssl rsa -passin pass:«{P}» -in a",
    "zip -P «{P}» a.zip b",
    "unzip -P «{P}» a.zip",
    "7z x -p«{P}» a.7z",
    "ldapsearch -x -D cn=admin -w «{P}» -b dc=x",
    "smbclient //h/s -U bob%«{P}»",
    "echo 'root:«{P}»' | chpasswd",
    'echo "bob:«{P}»" | sudo chpasswd',
    "sqlcmd -S db -U sa -P «{P}» -Q 'select 1'",
    "bcp t in f -U sa -P«{P}» -S db",
    "tool --api-key «{a32}» --json",
    "tool --token=«{a32}»",
    "gpg --batch --passphrase «{P}» -d f",
    "htpasswd -bc f bob «{P}»",
    "keytool -storepass «{P}» -list",
    "kubectl create secret generic x --from-literal=password=«{P}»",
    "aws configure set aws_secret_access_key «{a40}»",
    'psql "password=«{P}» host=db"',
    "lftp -u bob,«{P}» ftp.test",
    "ipmitool -H h -U root -P «{P}» power",
    "xfreerdp /u:bob /p:«{P}» /v:h",
    "net use z: \\\\h\\s /user:bob «{P}»",
    "npm config set //r.test/:_authToken «{a36}»",
    "git clone https://oauth2:«{a26}»@git.test/o/r",
    "vault login «{a26}»",
    "vault kv put secret/x password=«{P}»",
    "heroku config:set API_KEY=«{a32}»",
    "gh secret set TOKEN --body «{a32}»",
    "ConvertTo-SecureString '«{P}»' -AsPlainText -Force",
    "mosquitto_pub -u bob -P «{P}» -t x",
    "tool --password \\\n  «{P}» \\\n  --verbose",
    "curl -s \\\n  -u bob:«{P}» \\\n  https://x.test",
    "mysql \\\n  -uroot \\\n  -p«{P}» shop",
    "export API_KEY=\\\n«{a32}»",
  ],
  code: [
    'auth = HTTPBasicAuth("bob", "«{P}»")',
    'DriverManager.getConnection(url, "root", "«{P}»")',
    'requests.get(u, auth=("bob", "«{P}»"))',
    'jwt.sign(claims, "«{a32}»")',
    'createHmac("sha256", "«{a32}»")',
    'client.login("bob", "«{P}»")',
    'const apiKey = "«{a32}»";',
    "password = '«{P}»'",
    'new NetworkCredential("bob", "«{P}»")',
    'client = Client(api_key="«{a32}»")',
    'var secret string = "«{a32}»"',
    'let token: &str = "«{a32}»";',
    'setPassword("«{P}»")',
    'os.environ["API_TOKEN"] = "«{a32}»"',
    "{ :password => '«{P}»' }",
    '#define API_KEY "«{a32}»"',
    "CREATE USER x IDENTIFIED BY '«{P}»';",
    "ALTER ROLE app WITH PASSWORD '«{P}»';",
    'if (password == "«{a14}»") {',
    'headers = {"X-Api-Key": "«{a32}»"}',
    "define('DB_PASSWORD', '«{P}»');",
    'private static final String SECRET_KEY = "«{a32}»";',
    'auth=("bob", "x"), password="«{P}»"',
    "$password = '«{P}»';",
    'db_password := "«{P}»"',
    'localStorage.setItem("token", "«{a32}»")',
  ],
  prose: [
    "Your password has been set to «{P}»",
    "creds are admin:«{P}»",
    "user bob with password «{P}» may log in",
    "The token that you need is «{a32}»",
    "Password for root: «{P}»",
    "DB password → «{a14}»",
    "Passwort: «{P}»",
    'the passphrase is "«correct horse battery staple»"',
    "the password is «{P}» for now",
    "set the password to `«{P}»` please",
    "The password to the staging db is «{P}».",
    "the password for admin@x.test is `«{P}»`",
    "password to `«{P}»`",
    "Log in as admin / «{P}» and look",
    "credentials: admin / «{P}»",
    "use root / `«{P}»` to sign in",
    "My API key is «{a32}», keep it",
    "**Password:** `«{P}»`",
    "Here is the token: «{a32}»",
    "your recovery codes: «{h5}-{d3}a{h2}» and «{h5}-{d3}b{h2}»",
    "seed phrase: «ripple cabin tunnel orbit lemon vivid stable crater humble walnut fossil ribbon»",
    "Backup codes:\n«{d4}a{c3}{d2}»\n«{d4}b{c3}{d2}»",
    "passphrase: «{P}»",
    "temporary password: «{P}» (change it)",
    "I changed the admin password to «{P}».",
    "the client secret is «{a32}»",
  ],
  shape: [
    "- name: API_TOKEN\n  value: >-\n    «{a32}»\n",
    "passwords: [«{a14}», «{a14}»]",
    "password: !!str «{P}»",
    "api_key: &k «{a32}»\nother: *k",
    "password:\n  - «{P}»\n",
    "\\u001b[33mDB_PASSWORD\\u001b[0m=«{P}»",
    "gh\u001b[31mp_«{a36}»\u001b[0m",
    "password: |\n  «{P}»\nport: 1",
    "db:\n  password: >-\n    «{P}»\n  user: x",
    "token: |-\n  «{a32}»\n",
    'password = """\n«{P}»"""\nuser = "x"',
    "secret = '''«{a32}»'''",
    "\u001b[36mDB_PASSWORD\u001b[0m=\u001b[33m«{P}»\u001b[0m",
    "\u001b[1mAPI_KEY=\u001b[0m«{a32}»",
    "DB_\u001b[31mPASS\u001b[0mWORD=«{P}»",
    "\u001b[32mAuthorization\u001b[0m: \u001b[33mBearer «{a32}»\u001b[0m",
    '{\\"password\\":\\"«{P}»\\"}',
    '\'{"client_secret": "«{a32}»"}\'',
    "password%3D«{a16}»%26x",
    "| DB_PASSWORD | «{a16}» |",
    "API_KEY\t«{a32}»",
    "password:\n  «{P}»\nuser: x",
    '"password" : "«{P}»"',
    "PASSWORD=«{P}»\\nHOST=x",
    "['--password', '«{P}»']",
    "{'token': '«{a32}»'}",
    'data: {"access_token":"«{a40}»","expires_in":3600}',
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n«{b64}»\n«{b40}»\n-----END PGP PRIVATE KEY BLOCK-----",
    "diff\n-  password: «{P}»\n+  password: «{P}»",
  ],
};

/** JSON in base64, in which a password stands. */
function encoded(): Sample[] {
  return [0, 2].flatMap((space) =>
    [1, 2, 3].map((n) => {
      const json = JSON.stringify({ user: `app${n}`, password: password(), host: "db.test" }, null, space);
      const text = btoa(json);
      return { family: "base64", text: `credentials file: ${text}\n`, secrets: [text] };
    }),
  );
}

/** A private key in base64, as Kubernetes holds it. */
function encodedKey(): Sample {
  const kind = "PRIVATE KEY";
  const text = btoa(`-----BEGIN ${kind}-----\n${run("b", 64)}\n${run("b", 64)}\n-----END ${kind}-----\n`);
  return { family: "base64", text: `data:\n  tls.key: ${text}\n`, secrets: [text] };
}

function make(family: string, template: string): Sample {
  return { family, ...fill(template) };
}

/** Every form twice in a neutral sentence, every context three times with other values, and once those of redaction-more-samples.ts. */
export const samples: readonly Sample[] = [
  ...forms.flatMap((form) =>
    [0, 1].map(() =>
      make(
        "form",
        random.pick(sentences).replace("{}", () => `«${form}»`),
      ),
    ),
  ),
  ...Object.entries(contexts).flatMap(([family, templates]) =>
    templates.flatMap((template) => [0, 1, 2].map(() => make(family, template))),
  ),
  ...encoded(),
  encodedKey(),
  ...[moreContexts, lateContexts, lastContexts].flatMap((contexts) =>
    Object.entries(contexts).flatMap(([family, templates]) =>
      templates.map((template) => make(family, template)),
    ),
  ),
];
