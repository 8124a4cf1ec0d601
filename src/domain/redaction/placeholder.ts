import { credentialKind } from "./credential-key.js";
import { isAlphanumeric, isLettersOnly, shape, shapeOf } from "./shape.js";

const masked =
  /^(?:[*•●…._#?-]+|[xX*._-]{3,}|[[(<{*]{0,3}(?:redacted|masked|hidden|filtered|removed|omitted|secret)[\])>}*]{1,3})$/i;

/** No mask with a word in it is longer. */
const maskMax = 24;

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
    ].join("|") +
    ")$",
);

const place =
  /^(?:(?:op|secret|vault|keyring|env|awssm|gcpsm|ref\+\w+):\/\/|arn:aws:(?:secretsmanager|ssm):|(?:process\.env|os\.environ|import\.meta\.env)\b)/;

/**
 * Tells whether a value only stands for a secret: a mask (`****`, `[REDACTED]`), a template (`${TOKEN}`,
 * `<password>`), the name of a variable that holds a secret (`GITHUB_TOKEN`), or a path into a vault.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  if (text === "" || text === "[REDACTED]") return true;
  const bits = shapeOf(text);
  if (isAlphanumeric(bits)) return isLettersOnly(bits) && /^[xX]{3,}$/.test(text);
  const first = text.charCodeAt(0);
  if (((bits & shape.lower) === 0 || text.length < maskMax) && masked.test(text)) return true;
  if (text.length > 256) return false;
  if ((first >= 35 && first <= 37) || first === 60 || first === 123)
    return reference.test(text) || isVariable(text);
  if (place.test(text)) return true;
  return (
    (bits & shape.lower) === 0 &&
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text) &&
    credentialKind(text) !== undefined
  );
}

/** `$token`, `$dbPassword` */
function isVariable(text: string): boolean {
  return /^\$[a-z]\w*$/i.test(text) && credentialKind(text.slice(1)) !== undefined;
}
