import { codeAt } from "./code-at.js";
import { credentialKind } from "./credential-key.js";
import { isAlphanumeric, isLettersOnly, shape, shapeOf } from "./shape.js";
import { spend } from "./work.js";

const masked =
  /^(?:[*•●…._#?-]+|[xX*._-]{3,}|[[(<{*]{0,3}(?:redacted|masked|hidden|filtered|removed|omitted|secret)[\])>}*]{1,3})$/i;

function charactersOf(characters: string): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) =>
    characters.includes(String.fromCharCode(code)) ? 1 : 0,
  );
}

const maskFirst = charactersOf("xXrRmMhHfFoOsS[_{");
const placeFirst = charactersOf("!@osvkergaip");

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
  /^(?:!(?:vault|secret|Ref|Sub|GetAtt)\b|@Microsoft\.KeyVault\(|(?:op|secret|vault|keyring|env|awssm|gcpsm|ref\+\w+):\/\/|arn:aws:(?:secretsmanager|ssm):|(?:process\.env|os\.environ|import\.meta\.env)\b)/;

/**
 * Tells whether a value only stands for a secret: a mask (`****`, `[REDACTED]`), a template (`${TOKEN}`,
 * `<password>`), the name of a variable that holds a secret (`GITHUB_TOKEN`), or a path into a vault.
 */
export function isPlaceholder(value: string, valueBits = shapeOf(value)): boolean {
  spend(2);
  // What has no white space is not trimmed.
  const isBare = isAlphanumeric(valueBits) && value !== "";
  const text = isBare ? value : value.trim();
  if (text === "" || text === "[REDACTED]") return true;
  const bits = text.length === value.length ? valueBits : shapeOf(text);
  if (isAlphanumeric(bits)) return isLettersOnly(bits) && /^[xX]{3,}$/.test(text);
  const first = codeAt(text, 0);
  if (((bits & shape.lower) === 0 || text.length < maskMax) && mayBeMask(first) && masked.test(text))
    return true;
  if (text.length > 256) return false;
  if ((first >= 35 && first <= 37) || first === 60 || first === 123)
    return reference.test(text) || isVariable(text);
  if (isOneOf(placeFirst, first) && place.test(text)) return true;
  return (
    (bits & shape.lower) === 0 &&
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text) &&
    credentialKind(text) !== undefined
  );
}

/** What a mask begins with: a sign, or the letter of one of its words. */
function mayBeMask(first: number): boolean {
  return first < 48 || first > 122 || isOneOf(maskFirst, first) || first === 60 || first === 63;
}

function isOneOf(characters: Uint8Array, code: number): boolean {
  return code < 128 && characters[code] === 1;
}

/** `$token`, `$dbPassword` */
function isVariable(text: string): boolean {
  return /^\$[a-z]\w*$/i.test(text) && credentialKind(text.slice(1)) !== undefined;
}
