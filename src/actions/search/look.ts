// Looks into blocks that may hold what is looked for: reads their events and says which of them do.
import type { RunEventType } from "../../domain/event.js";
import type { Instant } from "../../domain/instant.js";
import { foldForSearch } from "../../domain/search/fold.js";
import { type SearchField, placeOf, typesOf } from "../../domain/search/place.js";
import { type Query, meet } from "../../domain/search/query.js";
import { type Candidate, findOpenSessions } from "../../store/search/candidate.js";
import { readTexts } from "../../store/search/text.js";
import type { TenantStore } from "../../store/store.js";
import { createPace } from "../pace.js";

/** A place that was found. */
export interface Place {
  at: Instant;
  sessionId: string;
  /** 0 for the title. */
  sessionSeq: number;
  /** Null for the title. */
  event: { runId: string; seq: number } | null;
  field: SearchField;
  text: string;
  /** The terms that stand in it, in the form that is searched. */
  terms: readonly string[];
}

/** What is looked for in the texts. */
export interface Sought {
  query: Query;
  /** Null: all of them. */
  fields: readonly SearchField[] | null;
  after: Instant | null;
  before: Instant | null;
}

/** Everything there is: a block is read whole. */
const whole = { bytes: Number.MAX_SAFE_INTEGER, events: 1_000_000 };

/** Finds the places in these blocks, in any order. What has expired or is being removed is not found. */
export async function lookInto(
  store: TenantStore,
  candidates: readonly Candidate[],
  sought: Sought,
): Promise<Place[]> {
  if (candidates.length === 0) return [];
  const open = await findOpenSessions(store, [...new Set(candidates.map(({ sessionId }) => sessionId))]);
  const titles = new Map(open.map(({ id, title }) => [id, title]));
  const blocks = candidates.filter(({ sessionId }) => titles.has(sessionId));
  const ofTitles = blocks.filter(({ toSeq }) => toSeq === 0);
  const found = ofTitles.map(({ sessionId, newestAt }) => {
    const place = { at: newestAt, sessionId, sessionSeq: 0, event: null, field: "TITLE" as const };
    return judge(place, titles.get(sessionId) ?? "", sought);
  });
  return [
    ...found,
    ...(await lookIntoEvents(
      store,
      blocks.filter(({ toSeq }) => toSeq > 0),
      sought,
    )),
  ].filter((place) => place !== null);
}

async function lookIntoEvents(
  store: TenantStore,
  blocks: readonly Candidate[],
  sought: Sought,
): Promise<(Place | null)[]> {
  if (blocks.length === 0) return [];
  const types: RunEventType[] = typesOf(sought.fields);
  const stretches = blocks.map((block) => ({ ...block, freeSeq: 0 }));
  const rows = await readTexts(store, stretches, { types, ...whole });
  const pace = createPace();
  const found: (Place | null)[] = [];
  for (const { sessionId, sessionSeq, runId, seq, type, payload, command, at } of rows) {
    const text = payload && placeOf({ type, payload, command });
    if (!text) continue;
    await pace();
    const place = { at, sessionId, sessionSeq, event: { runId, seq }, field: text.field };
    found.push(judge(place, text.text, sought));
  }
  return found;
}

function judge(
  place: Omit<Place, "text" | "terms">,
  text: string,
  { query, fields, after, before }: Sought,
): Place | null {
  const { at, field } = place;
  if (fields !== null && !fields.includes(field)) return null;
  if ((after !== null && at <= after) || (before !== null && at >= before)) return null;
  const terms = meet(foldForSearch(text), query);
  return terms && { ...place, text, terms };
}
