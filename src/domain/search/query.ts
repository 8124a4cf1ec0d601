import { badUserInput } from "../errors.js";
import { cleanText } from "../text.js";
import { foldForSearch } from "./fold.js";

/** The most characters (UTF-16 units) of a query. */
export const maxQueryLength = 1_000;

/** The most words and phrases of a query. */
export const maxTerms = 32;

/** Words and phrases of a query, in the form that is searched. A text meets it if it holds all that are wanted, and none other. */
export interface Alternative {
  wanted: readonly string[];
  unwanted: readonly string[];
}

/** A query: what meets one of its alternatives is found. Without alternatives nothing is. */
export type Query = readonly Alternative[];

/**
 * Reads a query as people write them for the web: words, "phrases", OR between alternatives, and - before what must not be
 * there. A quote that is not closed closes at the end; an OR with nothing beside it, a lone - and an empty phrase say nothing.
 * An alternative that only says what must not be there finds nothing. Throws BAD_USER_INPUT beyond {@link maxQueryLength}
 * and {@link maxTerms} alone.
 */
export function parseQuery(query: string, field: string): Query {
  if (query.length > maxQueryLength)
    throw badUserInput(field, `must be at most ${maxQueryLength} characters`);
  const alternatives: { wanted: Set<string>; unwanted: Set<string> }[] = [];
  const begin = () => {
    const next = { wanted: new Set<string>(), unwanted: new Set<string>() };
    alternatives.push(next);
    return next;
  };
  let current = begin();
  let terms = 0;
  for (const { not, word, phrase } of readTerms(cleanText(query))) {
    if (word === "OR" && !not) {
      current = begin();
      continue;
    }
    const term = foldForSearch(phrase ?? word ?? "").trim();
    if (term === "") continue;
    terms += 1;
    if (terms > maxTerms) throw badUserInput(field, `must hold at most ${maxTerms} words and phrases`);
    (not ? current.unwanted : current.wanted).add(term);
  }
  return alternatives
    .filter(({ wanted }) => wanted.size > 0)
    .map(({ wanted, unwanted }) => ({ wanted: [...wanted], unwanted: [...unwanted] }));
}

/** A - says no only right before a word or phrase: `--force` is a word, and so is `a-b`. Curly quotes are quotes too. */
const term = /(?<not>-(?=[^\s-]))?(?:["“”„](?<phrase>[^"“”„]*)(?:["“”„]|$)|(?<word>[^\s"“”„]+))/gu;

function* readTerms(query: string): Generator<{ not: boolean; word?: string; phrase?: string }> {
  for (const { groups = {} } of query.matchAll(term)) {
    const { not, word, phrase } = groups;
    if (word === "-") continue;
    yield {
      not: not !== undefined,
      ...(word === undefined ? {} : { word }),
      ...(phrase === undefined ? {} : { phrase }),
    };
  }
}

/** Gives the terms by which a folded text meets a query: those that are wanted in the alternatives that it meets. Null if it meets none. */
export function meet(folded: string, query: Query): string[] | null {
  const met = query.filter(
    ({ wanted, unwanted }) =>
      wanted.every((each) => folded.includes(each)) && !unwanted.some((each) => folded.includes(each)),
  );
  return met.length === 0 ? null : [...new Set(met.flatMap(({ wanted }) => wanted))];
}
