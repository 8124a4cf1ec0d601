// All finders over one text. The scanner goes over it once; a finder looks only where one of its signs stands.

import { assignmentFinder } from "./finders/assignments.js";
import { callFinders } from "./finders/calls.js";
import { commandFinders } from "./finders/command-lines.js";
import { createEncodedFinder } from "./finders/encoded.js";
import type { Finder, Sighting } from "./finders/finder.js";
import { formatFinders } from "./finders/format-finders.js";
import { headerFinders } from "./finders/headers.js";
import { plainView } from "./plain-view.js";
import { privateKeyFinders } from "./finders/private-keys.js";
import { proseFinders } from "./finders/prose.js";
import { createSignScanner } from "./sign-scanner.js";
import type { Span } from "./span.js";
import { urlFinders } from "./finders/urls.js";

/** Nothing shorter can hold a name, a sign and a value; and a secret with neither name nor sign is longer yet. */
const textMin = 8;
const bareMin = 16;

const plainFinders: readonly Finder[] = [
  ...formatFinders,
  assignmentFinder,
  ...headerFinders,
  ...urlFinders,
  ...commandFinders,
  ...callFinders,
  ...privateKeyFinders,
  ...proseFinders,
];

const findForms = createSearch([...formatFinders, ...urlFinders]);
const findPlain = createSearch(plainFinders);
const findAll = createSearch([...plainFinders, createEncodedFinder(findPlain)]);

function createSearch(finders: readonly Finder[]): (text: string) => Span[] {
  const bySign = new Map<string, number[]>();
  finders.forEach(({ signs }, finder) => {
    for (const sign of signs) bySign.set(sign, [...(bySign.get(sign) ?? []), finder]);
  });
  const scan = createSignScanner([...bySign.keys()]);
  const findersOf = [...bySign.values()];
  const froms = new Uint32Array(finders.length);

  return (text) => {
    const sighting: Sighting = { text, at: 0, from: 0, spans: [] };
    let isFresh = true;
    scan(text, (sign, at) => {
      if (isFresh) froms.fill(0);
      isFresh = false;
      for (const number of findersOf[sign] as number[]) {
        const from = froms[number] as number;
        if (at < from) continue;
        sighting.at = at;
        sighting.from = from;
        froms[number] = (finders[number] as Finder).look(sighting);
      }
    });
    return sighting.spans;
  };
}

/** Whether a name holds a token of a known form, or a URL with a password. */
export function holdsSecret(name: string): boolean {
  return findForms(name).length > 0;
}

/** Every stretch of the text that holds a secret, in no order; they may overlap. Time grows linearly with the text. */
export function findSecrets(text: string): Span[] {
  if (text.length < textMin || (text.length < bareMin && !/[\s:=]/.test(text))) return [];
  const spans = findAll(text);
  const view = plainView(text);
  if (view !== undefined) for (const span of findAll(view.text)) spans.push(view.original(span));
  return spans;
}
