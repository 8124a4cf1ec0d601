// What programs call the options that hold a password.

import { WordSet } from "../word-set.js";

/** A quote, which a text inside another has behind backslashes, as the source of a pattern. */
const quote = `(?:\\\\{0,3}["'])?`;

/** What a password in an option may be made of, as the source of a pattern; in quotes it may go on. */
export const optionValue = `${quote}([^\\s"'\`\\\\]{3,256})`;

/** What stands before a value. An option that its value is a part of may be in quotes with it: `'-px!'`. */
const option = (source: string) =>
  new RegExp(source.replace(/^\\s(?=-|\(\?:-)/, `\\s${quote}`) + optionValue, "g");

/** An argument that only its place tells of holds a digit, so that sentences with the command's name are left alone. */
const argument = (source: string) => option(`${source}["']?(?=\\S*\\d)`);

const named = "\\S{0,60}(?:pass|PASS|Pass|secret|SECRET|Secret|token|TOKEN|Token|key|KEY|Key)\\w{0,20}";

/** Commands by name, and where the secret stands in their options: the first group of the pattern. */
export const commands: readonly [names: string, option: RegExp][] = [
  [
    "curl wget",
    option(`\\s(?:-[a-zA-Z]{0,4}u|--user|--proxy-user|-U|-E|--cert)[ =]?${quote}[^\\s:"']{1,100}:(?!//)`),
  ],
  ["http xh", option(`\\s(?:-a|--auth)[ =]${quote}[^\\s:"']{1,100}:`)],
  ["mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump", option("\\s-p")],
  [
    "mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh clickhouse-client",
    option("\\s-p\\s{1,4}"),
  ],
  ["sshpass", option("\\s-p\\s{0,4}")],
  [
    "redis-cli valkey-cli",
    option("\\s(?:-a|--pass|(?:-\\S+\\s){0,4}[Aa][Uu][Tt][Hh](?:\\s[\\w.-]{1,40}(?=\\s+\\S))?)\\s{1,4}"),
  ],
  ["login rdesktop hydra racadm signin poetry", option("\\s-p[ =]{1,4}")],
  ["openssl", option(`\\s-(?:pass(?:in|out)?\\s{1,4}${quote}pass:|k\\s{1,4})`)],
  [
    "zip unzip 7z 7za rar unrar",
    option("\\s(?:-P\\s{0,4}|-(?:h?p))(?=\\S*[^a-z\\s\"'/]|\\S+\\s+\\S+\\.zip|[\"'])"),
  ],
  [
    "ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami",
    option("\\s-[ws]\\s{0,4}(?!(?:base|one|sub|children)\\b)"),
  ],
  ["smbclient rpcclient smbget", option(`\\s(?:-U|--user)[ =]?${quote}[^\\s%"']{1,100}%`)],
  ["net", argument("\\s(?:use\\s[^\\n]{0,120}/user:\\S{1,80}|user\\s{1,4}[\\w.-]{1,40})\\s{1,4}(?!/|\\*)")],
  ["sqlcmd bcp osql isql ipmitool mosquitto_pub mosquitto_sub", option("\\s-P\\s{0,4}")],
  ["htpasswd", option("\\s-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\\s{1,4}(?:\\S{1,100}\\s{1,4}){1,2}(?=\\S+\\s*$)")],
  ["gh", option("\\ssecret\\s{1,4}set\\s[^\\n]{0,80}\\s(?:-b|--body)[ =]")],
  ["usermod useradd", option("\\s(?:-p|--password)[ =]")],
  ["rabbitmqctl", option("\\s(?:add_user|change_password)\\s{1,4}\\S{1,60}\\s{1,4}")],
  ["ssh-keygen", option("\\s-[NP]\\s{1,4}")],
  ["lftp", option(`\\s-u\\s{1,4}${quote}[^\\s,"']{1,100},`)],
  ["xfreerdp wfreerdp", option("\\s/p:")],
  ["wpa_passphrase", option('\\s(?:"[^"]{1,64}"|\\S{1,64})\\s{1,4}')],
  ["sqlplus sqlldr expdp impdp rman", option("\\s[\"']?[\\w$#.-]{1,60}/")],
  ["ConvertTo-SecureString", /\s(?:-String\s{1,4})?["']([^"'\n]{1,256})/g],
  ["runas", argument("\\s/user:\\S{1,80}\\s{1,4}")],
  ["schtasks", option("\\s/rp\\s{1,4}")],
  ["signtool", option("\\s/p\\s{1,4}(?!/)")],
  ["rasdial", argument('\\s(?:"[^"]{1,60}"|\\S{1,60})\\s{1,4}[\\w.@-]{1,60}\\s{1,4}(?!/)')],
  ["isql", argument("^isql\\s{1,4}[\\w.-]{1,40}\\s{1,4}[\\w.-]{1,40}\\s{1,4}(?!-)")],
  [
    "security",
    option(
      "\\s(?:(?:add|set)-[\\w-]{1,40}\\s[^\\n]{0,120}-[wp]|[\\w-]{1,40}keychain\\s(?:-\\S{1,20}\\s)?-p|import\\s[^\\n]{0,120}-P)\\s{1,4}",
    ),
  ],
  ["altool notarytool", option("\\s(?:-p|--password)[ =](?!@)")],
  ["influx", option("\\s(?:-t|--token)[ =]")],
  ["doctl codecov", option("\\s-t\\s{1,4}")],
  ["supabase", option("\\s(?:-p|--password)[ =]")],
  ["kubeadm", option("\\s--token[ =]")],
  [
    "dotnet nuget",
    option("\\s(?:push\\s[^\\n]{0,120}-k|user-secrets\\sset\\s{1,4}[\"']?" + named + "[\"']?)\\s{1,4}"),
  ],
  ["cargo", argument("\\slogin\\s{1,4}(?!-)")],
  [
    "bundle",
    option("\\sconfig\\s{1,4}(?:set\\s{1,4})?(?:--\\S{1,20}\\s{1,4})?\\S{1,80}\\s{1,4}[\\w.@-]{1,60}:"),
  ],
  ["consul", argument("\\skv\\sput\\s{1,4}" + named + "\\s{1,4}")],
  [
    "doppler pulumi",
    option("\\s(?:secrets|config)\\sset\\s{1,4}(?:--secret\\s{1,4}\\S{1,60}|" + named + ")\\s{1,4}"),
  ],
  ["etcdctl", option("\\s--user[ =]\\S{1,60}:")],
  ["locust", option("\\s--web-login[ =]\\S{1,60}:")],
  ["sqlmap", option("\\s--(?:auth|proxy)-cred[ =][\"']?\\S{1,60}:")],
  ["rclone", option("\\s(?:obscure|config\\s[^\\n]{1,160}\\spass)\\s{1,4}(?!-$)")],
  ["pdftk", option("\\s(?:input|user|owner)_pw\\s{1,4}")],
  ["qpdf", option("\\s--encrypt\\s{1,4}(?:\\S{3,80}\\s{1,4}(?=\\S{3,80}\\s{1,4}(?:40|128|256)))?")],
  ["smbclient", argument("\\s[\"']?[/\\\\]{2}\\S{1,80}\\s{1,4}(?!-)")],
  ["snmpget snmpwalk snmpset snmpbulkwalk snmptrap", option("\\s-[AX]\\s{1,4}")],
  ["snmpget snmpwalk snmpset snmpbulkwalk", option("\\s-c\\s{1,4}(?!(?:public|private)\\b)")],
  ["networksetup", argument("\\s-setairportnetwork\\s{1,4}\\S{1,20}\\s{1,4}\\S{1,60}\\s{1,4}")],
  [
    "mkpasswd",
    option(
      "^\\S{1,40}\\s{1,4}(?:-\\S{1,20}\\s{1,4}){0,3}(?:(?:-m|-S)\\s{1,4}\\S{1,60}\\s{1,4})?(?=\\S*\\d)(?!-|sha|md5|bcrypt|yes)",
    ),
  ],
  ["openssl", option("\\spasswd\\s{1,4}(?:-\\w{1,6}\\s{1,4}){0,3}(?!-)(?=\\S*\\d)")],
  [
    "mc",
    option(
      "\\s(?:alias\\sset|config\\shost\\sadd)\\s{1,4}\\S{1,60}\\s{1,4}http\\S{1,120}\\s{1,4}\\S{1,128}\\s{1,4}",
    ),
  ],
  ["vault", argument("\\soperator\\s{1,4}(?:unseal|rekey)\\s{1,4}(?!-)")],
  ["secret secretsmanager", option("\\sset\\s[^\\n]{0,160}--value[ =]")],
  ["ssm", option("\\sput-parameter\\s(?=[^\\n]{0,400}SecureString)[^\\n]{0,300}--value[ =]")],
  [
    "composer poetry",
    option(
      "\\sconfig\\s[^\\n]{0,60}(?:http-basic\\.\\S{1,60}\\s{1,4}[\\w.@-]{1,60}|(?:github-oauth|gitlab-token|bearer|pypi-token)\\.\\S{1,60})\\s{1,4}",
    ),
  ],
  ["mysqladmin", argument("\\spassword\\s{1,4}")],
];

const names = new WordSet(commands.flatMap(([each]) => each.toLowerCase().split(" ")));

/** Whether it is the name of one of {@link commands}, in any case. */
export function isCommandName(name: string): boolean {
  return names.has(name);
}
