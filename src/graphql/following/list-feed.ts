import { type Key, encodeCursor } from "../../domain/cursor.js";
import { maxPageSize } from "../../domain/page.js";
import type { Topic } from "../../domain/topic.js";
import type { Reading } from "../../realtime/log.js";
import {
  type Changed,
  type FollowedList,
  readListChanges,
  readListCompleteFrom,
} from "../../store/listing/changes.js";
import { keyOf, keyShape, scopeOf, wholeTenant } from "../../store/listing/listing.js";
import { readParts } from "../../store/listing/parts.js";
import type { TenantClient } from "../../store/statement.js";
import { readVersion } from "../../store/tenant.js";
import type { GraphContext } from "../context.js";
import { Feed, cursorTooOld, resumeKey } from "./feed.js";

type Row = { id: string; version: number };

/** A list to follow. */
export interface ListToFollow<Facts extends object> {
  /** The name of the subscription's field. */
  name: string;
  /** What the list holds, in the plural, for refusals. */
  noun: string;
  list: FollowedList;
  topic: Topic;
  after: string | null;
  /** What every batch holds beside its rows. */
  facts: Facts;
}

/**
 * How far a follower has come. A place with a key lies in the list in its order, as it was at the version: the follower has all
 * rows up to the key. A row that has changed since is passed over there, and comes with the changes. A place without a key lies
 * among the changes: the follower has all of them up to the version.
 */
interface Place {
  version: number;
  key: Key | null;
}

function reaches(place: Place, other: Place): boolean {
  return place.key === null ? place.version >= other.version : other.key !== null;
}

/**
 * Makes the feed of a list: it begins after the cursor, or with the rows as they are now, and then brings each change. A cursor
 * from before a change of a row that is removed by now is refused.
 */
export async function listFeed<Item extends Row, Facts extends object>(
  context: GraphContext,
  { name, noun, list, topic, after, facts }: ListToFollow<Facts>,
): Promise<Feed<Changed<Item>, Place, Facts>> {
  const { store } = context;
  const tooOld = `${noun} that have left the list since are removed`;
  const scope = scopeOfFeed(store, name, list);
  // Within what was there at the beginning a place is a row's, after that a version.
  const key = resumeKey(context, after, scope, ["number"], ["number", ...keyShape(list.listing)]);
  const given = key && placeOf(key);
  if (given && given.version < (await readListCompleteFrom(store, list))) throw cursorTooOld(tooOld);
  return new Feed<Changed<Item>, Place, Facts>({
    log: {
      topics: [topic],
      read: (place) => readPlace<Item>(store, list, place, tooOld),
      reaches,
      positionOf: ({ row }) => ({ version: row.version, key: null }),
    },
    start: given ?? { version: await readVersion(store), key: beforeAll(list) },
    cursorAt: (place) => encodeCursor(scope, cursorKey(place)),
    facts,
  });
}

function scopeOfFeed(client: TenantClient, name: string, { listing }: FollowedList): string {
  return JSON.stringify([name, scopeOf(client, listing, wholeTenant)]);
}

/** The cursor from which the feed of a list goes on after a version. */
export function feedCursorAt(
  client: TenantClient,
  name: string,
  list: FollowedList,
  version: number,
): string {
  return encodeCursor(scopeOfFeed(client, name, list), cursorKey({ version, key: null }));
}

/** A key that comes before every row's, in a list that is in ascending order. */
function beforeAll({ listing }: FollowedList): Key {
  const least = { int: -(2 ** 31), bigint: 0, timestamptz: "-infinity", text: "" } as const;
  return listing.order.map(({ type }) => least[type]);
}

async function readPlace<Item extends Row>(
  store: TenantClient,
  list: FollowedList,
  place: Place,
  tooOld: string,
): Promise<Reading<Changed<Item>, Place>> {
  if (place.key !== null) return readRows<Item>(store, list, place.version, place.key, tooOld);
  const { changes, upTo, newest, completeFrom } = await readListChanges<Item>(
    store,
    list,
    place.version,
    maxPageSize,
  );
  if (place.version < completeFrom) throw cursorTooOld(tooOld);
  return {
    items: changes,
    position: { version: upTo, key: null },
    lastPosition: { version: newest, key: null },
    ended: false,
  };
}

async function readRows<Item extends Row>(
  store: TenantClient,
  list: FollowedList,
  version: number,
  after: Key,
  tooOld: string,
): Promise<Reading<Changed<Item>, Place>> {
  const { listing } = list;
  const unchanged = { sql: `${listing.table}.version <= ?::bigint`, value: version };
  const window = { limit: maxPageSize, backward: false, after, before: null };
  const narrowed = { ...listing, where: [...listing.where, unchanged] };
  const parts = await readParts<Item>(store, narrowed, [wholeTenant], window);
  // Read after the rows: none of those that they lack was removed before.
  if (version < (await readListCompleteFrom(store, list))) throw cursorTooOld(tooOld);
  const { rows = [], hasMore = false } = parts.get(wholeTenant) ?? {};
  const last = rows.at(-1);
  const items = rows.map((row) => ({ row, listed: true }));
  if (last && hasMore) {
    return { items, position: { version, key: keyOf(listing, last) }, lastPosition: undefined, ended: false };
  }
  // Read after the rows: whatever they lack because it changed meanwhile is not newer than this.
  const newest = await readVersion(store);
  return {
    items,
    position: { version, key: null },
    lastPosition: { version: newest, key: null },
    ended: false,
  };
}

function cursorKey({ version, key }: Place): Key {
  return [version, ...(key ?? [])];
}

function placeOf([version, ...key]: Key): Place {
  return { version: Number(version), key: key.length > 0 ? key : null };
}
