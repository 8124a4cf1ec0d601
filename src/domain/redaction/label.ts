import { isProse } from "./plain-word.js";
import { isAlphanumeric, shape, shapeOf } from "./shape.js";

/** How forms in other languages name what they ask for. */
const words = new Set(
  (
    "password passwort kennwort parola senha wachtwoord adgangskode passord salasana heslo lozinka token jeton secret geheimnis " +
    "sandi motdepasse palavra-passe clave"
  ).split(" "),
);

/** What a message with a number in it tells about a credential: `Password must have 8 characters`. */
const about = /password|token|secret|\bkey\b|characters|must|least/i;

/** Whether the value is what a form or a message shows for a credential: `Mot de passe`, `Пароль`, `Password is too short`. */
export function isLabel(value: string, bits = shapeOf(value)): boolean {
  const isForeign = (bits & shape.beyondAscii) !== 0;
  if (isAlphanumeric(bits) && (bits & shape.digit) !== 0) return false;
  if ((bits & shape.digit) !== 0 && !/\s/.test(value)) return false;
  if (!isForeign && !/^[A-Z](?!earer\s|asic\s)/.test(value)) return false;
  const text = value.trim();
  if (!/\s/.test(text))
    return isForeign ? /^\p{L}[\p{L}\p{M}ー'’-]*[?!.:…]?$/u.test(text) : words.has(text.toLowerCase());
  if (isProse(text)) return (bits & shape.digit) === 0 || about.test(text);
  const parts = text.split(/\s+/);
  if (!parts.every((part) => /^[\p{L}\p{M}'’-]+[?!.,:…]?$|^[?!]$/u.test(part))) return false;
  // A passphrase may be written with capitals.
  return parts.length < 3 || parts.some((part) => !/^\p{Lu}/u.test(part));
}
