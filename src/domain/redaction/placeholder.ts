import { credentialKind } from "./credential-key.js";

const masked =
  /^(?:[*•●…._#?-]+|[xX*._-]{3,}|[[(<{*]{0,3}(?:redacted|masked|hidden|filtered|removed|omitted|secret)[\])>}*]{1,3})$/i;

const reference = new RegExp(
  "^(?:" +
    [
      "\\$\\{[^{}]*\\}", // ${PASSWORD}
      "\\$?\\{\\{.*\\}\\}", // {{ password }}, ${{ secrets.TOKEN }}
      "\\$\\(.*\\)?", // $(pass show db)
      "[#$]?\\{[\\w.:\\s]*\\}", // {token}, #{token}
      "<[^<>]+>", // <password>
      "\\$[A-Z_][A-Z0-9_]*", // $TOKEN
      "\\$(?:env:\\w+|[\\d?@*])", // $env:TOKEN, $1
      "%[\\w.]+%|%\\(\\w+\\)s|%[sdvqr]", // %TOKEN%, %(password)s, %s
      "(?:op|secret|vault|keyring|env|awssm|gcpsm|ref\\+\\w+):\\/\\/.*",
      "arn:aws:(?:secretsmanager|ssm):.*",
      "(?:process\\.env|os\\.environ|import\\.meta\\.env)\\b.*",
    ].join("|") +
    ")$",
);

/**
 * Tells whether a value only stands for a secret: a mask (`****`, `[REDACTED]`), a template (`${TOKEN}`,
 * `<password>`), the name of a variable that holds a secret (`GITHUB_TOKEN`), or a path into a vault.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  if (text === "" || text === "[REDACTED]") return true;
  if (masked.test(text)) return true;
  if (text.length > 256) return false;
  if (reference.test(text)) return true;
  if (/^\$[a-z]\w*$/i.test(text)) return credentialKind(text.slice(1)) !== undefined;
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text) && credentialKind(text) !== undefined;
}
