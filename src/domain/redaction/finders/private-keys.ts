import { type Finder, endAt } from "./finder.js";
import { spendReading } from "../work.js";

const heading = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const blockMax = 32_768;
const bodyMin = 16;
const body = /(?:[A-Za-z0-9+/=\s]|\\[nrt])*/y;
const putty = /Private-Lines: \d{1,4}(?:\r?\n|\\[nr])+((?:[A-Za-z0-9+/=]{4,128}(?:\r?\n|\\[nr]|$)+)+)/y;

/** Of a block that was cut short, what is there. */
const beginFinder: Finder = {
  signs: ["-----begin "],
  look({ text, at, from, spans }) {
    spendReading(128);
    const start = endAt(heading, text, at);
    if (start === -1) return from;
    const end = endAt(body, text, start);
    if (end - start >= bodyMin) spans.push({ start: at, end });
    return end;
  },
};

/** From BEGIN to END, their line breaks real or escaped. Each stretch between two ENDs is searched once. */
const endFinder: Finder = {
  signs: ["-----end "],
  look({ text, at, from, spans }) {
    const least = Math.max(from, at - blockMax);
    const begin = text.slice(least, at).lastIndexOf("-----BEGIN ");
    const close = text.slice(at + 9, at + 90).indexOf("-----");
    spendReading(at - least);
    const end = close === -1 ? at + 9 : at + 14 + close;
    if (begin !== -1 && endAt(heading, text, least + begin) !== -1) spans.push({ start: least + begin, end });
    return end;
  },
};

const puttyFinder: Finder = {
  signs: ["private-lines: "],
  look({ text, at, from, spans }) {
    const end = endAt(putty, text, at);
    if (end === -1) return from;
    spans.push({ start: at + text.slice(at, end).search(/[\n\\]/), end });
    return end;
  },
};

/** Finds PEM and PuTTY private keys. */
export const privateKeyFinders: readonly Finder[] = [beginFinder, endFinder, puttyFinder];
