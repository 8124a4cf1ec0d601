// Finds sessions by words of their titles. The index of texts has the titles, a little later than they are given; what has changed
// since is looked at one by one.
import { foldForSearch } from "../../domain/search/fold.js";
import { askedOf } from "../../domain/search/grams.js";
import type { LateNarrowing } from "../listing/listing.js";
import { statement } from "../statement.js";
import { blocksAsked, readAsked } from "./candidate.js";

/**
 * The sessions whose titles hold all of these words, and some others. There is no such narrowing while the tenant's titles are not all
 * indexed up to a version.
 */
export function amongTitles(words: readonly string[]): LateNarrowing {
  // What folds alike as a title's words do folds alike here too, where more does.
  const wanted = words.map(foldForSearch).filter(Boolean);
  return {
    key: JSON.stringify(["title", wanted]),
    find: async (client) => {
      const [indexed] = wanted.length === 0 ? [] : await client.rows(indexedTitles);
      if (!indexed) return null;
      const asked = askedOf(client.tenantId, [{ wanted, unwanted: [] }], indexed.buckets);
      return { sql: candidates, value: JSON.stringify({ version: indexed.version, asked }) };
    },
  };
}

const candidates = `
  SELECT block.session_id AS id FROM ${blocksAsked(readAsked("?::jsonb -> 'asked'"), "from_seq = 0")}
  UNION ALL SELECT id FROM session WHERE tenant_id = :tenantId AND change_version > (?::jsonb ->> 'version')::bigint`;

// Of one moment: a title that is indexed later, in a bucket that is newer, has changed after that version.
const indexedTitles = statement<{ version: number; buckets: number[] }>(`
  SELECT version, ARRAY(SELECT number FROM search_bucket WHERE tenant_id = :tenantId) AS buckets
  FROM search_tenant WHERE tenant_id = :tenantId AND past_id IS NULL AND version > 0`);
