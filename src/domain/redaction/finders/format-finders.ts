import { codeAt, codeBefore } from "../code-at.js";
import { type Finder, type Sighting, endAt, isInsideWord, isWordCharacter } from "./finder.js";
import { type SecretFormat, secretFormats } from "../secret-formats.js";
import { spend } from "../work.js";

function formatFinder(prefix: string, { rest, word, proof }: SecretFormat): Finder {
  const pattern = new RegExp(prefix.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") + rest, "y");
  return {
    signs: [prefix.toLowerCase()],
    look({ text, at, from, spans }) {
      if (word && isInsideWord(text, at)) return from;
      const end = endAt(pattern, text, at);
      if (end === -1) return from;
      if (proof === undefined || proof.test(text.slice(at, Math.min(end, at + 256)))) {
        spans.push({ start: at, end });
      }
      return end;
    },
  };
}

function mayEndHead(code: number): boolean {
  return isWordCharacter(code) || code === 45;
}

/** A secret whose sign stands inside it: `before` matches what leads up to the sign, at most `reach` characters. */
function innerFinder(sign: string, reach: number, before: RegExp, rest: RegExp): Finder {
  return {
    signs: [sign.toLowerCase()],
    look({ text, at, from, spans }) {
      if (!mayEndHead(codeBefore(text, at)) || !text.startsWith(sign, at)) return from;
      spend(3);
      const head = before.exec(text.slice(Math.max(0, at - reach), at))?.[0];
      if (head === undefined) return from;
      const end = endAt(rest, text, at + sign.length);
      if (end === -1) return from;
      spans.push({ start: at - head.length, end });
      return end;
    },
  };
}

const jwt = /eyJ[\w-]{10,}(?:\.[\w-]*){0,4}/y;

// The rest of a token is optional so that a run without dots ends the try instead of being searched again.
const jsonWebToken: Finder = {
  signs: ["eyj"],
  look({ text, at, from, spans }) {
    const end = endAt(jwt, text, at);
    if (end === -1) return from;
    const dot = text.indexOf(".", at);
    if (dot === -1 || dot >= end) return end;
    // `eyJ` also begins any base64url of a JSON object; a secret key of Mapbox has two parts.
    // Without the third part it was cut, if the second is JSON as well.
    const isToken = /^\.(?:[\w-]{4,}\.[\w-]*|eyJ[\w-]{10,})/.test(text.slice(dot, end));
    const isMapbox = text.startsWith("sk.", at - 3) && end - dot > 20;
    if (isToken || isMapbox) spans.push({ start: isToken ? at : at - 3, end });
    return end;
  },
};

// A key file or a console prints the secret key right behind its id.
const awsPair = /[A-Z0-9]{16}[\s,:;|"']{1,4}(?=[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=]))/y;
const awsSecretKey: Finder = {
  signs: ["akia", "asia", "abia", "acca"],
  look({ text, at, from, spans }) {
    const start = endAt(awsPair, text, at + 4);
    if (start === -1) return from;
    spans.push({ start, end: start + 40 });
    return start + 40;
  },
};

const bot = /^[\w-]{6}\.[\w-]{27,40}(?![\w-])/;
// The number of the bot in base64 begins it.
const botNumber = /(?:^|[^\w.-])([MNO][DTjz][AEIMQUYcgk][\w-]{20,25})$/;
const discordBot: Finder = {
  signs: ["."],
  look({ text, at, from, spans }) {
    if (codeAt(text, at + 7) !== 46 || !isWordCharacter(codeBefore(text, at - 19))) return from;
    const rest = bot.exec(text.slice(at + 1, at + 60))?.[0];
    const number = rest && botNumber.exec(text.slice(Math.max(0, at - 29), at))?.[1];
    if (rest === undefined || !number) return from;
    spans.push({ start: at - number.length, end: at + 1 + rest.length });
    return at + 1 + rest.length;
  },
};

// `-` is everywhere, so the places of the next one and of the run before it are looked at first.
const mailgun: Finder = {
  signs: ["-"],
  look({ text, at, from, spans }) {
    if (codeAt(text, at + 9) !== 45 || codeAt(text, at + 1) === 45) return from;
    if (!/^-[0-9a-f]{8}-[0-9a-f]{8}(?![\w-])/.test(text.slice(at, at + 20))) return from;
    if (!/(?:^|[^\w-])[0-9a-f]{32}$/.test(text.slice(Math.max(0, at - 33), at))) return from;
    spans.push({ start: at - 32, end: at + 18 });
    return at + 18;
  },
};

const noughts = /A{17,22}[B-Za-z0-9%][A-Za-z0-9%]{60,160}(?![A-Za-z0-9+/=%])/y;
const twitterBearer: Finder = {
  signs: ["aaaaaaaaaaaaaaaaaaaa"],
  look({ text, at, from, spans }: Sighting) {
    if (at > from && /[A-Za-z0-9+/=]/.test(text.charAt(at - 1))) return from;
    spend(6);
    const end = endAt(noughts, text, at);
    if (end === -1) return from;
    spans.push({ start: at, end });
    return end;
  },
};

/** Finds tokens and keys of known services. */
export const formatFinders: readonly Finder[] = [
  ...secretFormats.flatMap((format) => format.prefixes.map((prefix) => formatFinder(prefix, format))),
  jsonWebToken,
  awsSecretKey,
  discordBot,
  mailgun,
  twitterBearer,
  innerFinder(":AA", 11, /(?<!\d)\d{8,10}$/, /[\w-]{33}(?![\w-])/y),
  innerFinder(":APA91b", 40, /[\w-]{11,40}$/, /[\w-]{80,}/y),
  innerFinder(".atlasv1.", 14, /[A-Za-z0-9]{14}$/, /[\w-]{50,}/y),
  innerFinder("Q~", 5, /(?<![\w~.-])[\w~.-]{3}\d$/, /[\w~.-]{31,34}(?![\w~.-])/y),
  innerFinder("AZDO", 76, /[A-Za-z0-9]{76}$/, /[A-Za-z0-9]{4}(?![A-Za-z0-9])/y),
  innerFinder("-us", 32, /[0-9a-f]{32}$/, /\d{1,2}(?![\w-])/y),
];
