// All finders over one text. The scanner goes over it once; a finder looks only where one of its signs stands.

import { assignmentFinder } from "./finders/assignments.js";
import { callFinders } from "./finders/calls.js";
import { commandFinders } from "./finders/command-lines.js";
import { createEncodedFinder } from "./finders/encoded.js";
import type { Finder, Sighting } from "./finders/finder.js";
import { formatFinders } from "./finders/format-finders.js";
import { headerFinders } from "./finders/headers.js";
import { listedFinders } from "./finders/listed-values.js";
import { loginFinders } from "./finders/login-lines.js";
import { plainView } from "./plain-view.js";
import { privateKeyFinders } from "./finders/private-keys.js";
import { proseFinders } from "./finders/prose.js";
import { createSignScanner, scanStep } from "./sign-scanner.js";
import { toldFinders } from "./finders/told-values.js";
import type { Span } from "./span.js";
import { toolFinders } from "./finders/tool-settings.js";
import { urlFinders } from "./finders/urls.js";
import { Work, findCost, lookCost, spend } from "./work.js";

/** Nothing shorter can hold a name, a sign and a value; and a secret with neither name nor sign is longer yet. */
const textMin = 8;
const bareMin = 16;

/** What a text costs besides its length. */
const textCost = 4;

const plainFinders: readonly Finder[] = [
  ...formatFinders,
  assignmentFinder,
  ...headerFinders,
  ...urlFinders,
  ...commandFinders,
  ...callFinders,
  ...privateKeyFinders,
  ...proseFinders,
  ...toldFinders,
  ...loginFinders,
  ...toolFinders,
  ...listedFinders,
];

const forms = createSearch([...formatFinders, ...urlFinders]);
const plain = createSearch(plainFinders);
const all = createSearch([...plainFinders, createEncodedFinder((text, work) => plain.find(text, work))]);

type Search = {
  /** Searches the whole text, or until the work is over. */
  find(text: string, work: Work): Span[];
  /** Does the same in steps of some thousand characters; the value that is returned in the end holds the spans. */
  steps(text: string, work: Work): Generator<void, Span[]>;
};

function createSearch(finders: readonly Finder[]): Search {
  const bySign = new Map<string, number[]>();
  finders.forEach(({ signs }, finder) => {
    for (const sign of signs) bySign.set(sign, [...(bySign.get(sign) ?? []), finder]);
  });
  const scan = createSignScanner([...bySign.keys()]);
  const findersOf = [...bySign.values()];
  const shared = new Uint32Array(finders.length);

  const begin = (text: string, froms: Uint32Array, work: Work) => {
    const sighting: Sighting = { text, at: 0, from: 0, spans: [], work };
    let isFresh = true;
    const onSign = (sign: number, at: number): void => {
      if (isFresh) froms.fill(0);
      isFresh = false;
      for (const number of findersOf[sign] as number[]) {
        const from = froms[number] as number;
        if (at < from || work.isOver) continue;
        const before = sighting.spans.length;
        sighting.at = at;
        sighting.from = from;
        froms[number] = (finders[number] as Finder).look(sighting);
        const found = sighting.spans.length - before;
        spend(lookCost + found * findCost);
        work.takeUp(found);
      }
    };
    return { spans: sighting.spans, onSign };
  };

  return {
    find(text, work) {
      const { spans, onSign } = begin(text, shared, work);
      let state = 0;
      for (let from = 0; from < text.length && !work.isOver; from += scanStep)
        state = scan(text, from, state, onSign);
      return spans;
    },
    *steps(text, work) {
      // Others search between the steps.
      const { spans, onSign } = begin(text, new Uint32Array(finders.length), work);
      let state = 0;
      for (let from = 0; from < text.length && !work.isOver; from += scanStep) {
        work.begin();
        state = scan(text, from, state, onSign);
        yield;
      }
      return spans;
    },
  };
}

/** Whether a name holds a token of a known form, or a URL with a password. */
export function holdsSecret(name: string): boolean {
  return forms.find(name, new Work()).length > 0;
}

function mayHold(text: string): boolean {
  return text.length >= bareMin || (text.length >= textMin && /[\s:=]/.test(text));
}

/**
 * Every stretch of the text that holds a secret, in no order; they may overlap. Time grows linearly with the text. Once the work
 * is over, it finds no more.
 */
export function findSecrets(text: string, work: Work): Span[] {
  if (!mayHold(text)) return [];
  work.begin();
  spend(textCost);
  const spans = all.find(text, work);
  const view = plainView(text, work);
  if (view !== undefined) for (const span of all.find(view.text, work)) spans.push(view.original(span));
  return spans;
}

/** Does the same as {@link findSecrets} in steps that take about as long as 16 KiB of text do. */
export function* findSecretsInSteps(text: string, work: Work): Generator<void, Span[]> {
  if (!mayHold(text)) return [];
  const spans = yield* all.steps(text, work);
  work.begin();
  const view = plainView(text, work);
  if (view !== undefined)
    for (const span of yield* all.steps(view.text, work)) spans.push(view.original(span));
  return spans;
}
