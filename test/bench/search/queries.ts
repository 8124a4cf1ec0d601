import { ask } from "../ask.js";
import { needleEvery, places } from "./fill.js";
import { printTimes } from "./print.js";

/** How often each query is asked. */
const times = 40;

const queries = {
  "a word that there are few of": "needle",
  "a word that there is once": `needle${Math.floor(places / 2 / needleEvery) * needleEvery + 7}`,
  "a common word": "src",
  "one of two words that there are once": `needle${needleEvery + 7} OR needle7`,
  "a phrase in titles": '"Mend test"',
  "two characters": "ts",
  "two rare characters": "zq",
  "a word that there is not": "resolvenothing",
  "a word and not another": "resolve -src",
};

const document =
  "query Search($query: String!) { search(query: $query) { nodes { field session { id } snippet { text highlights } } pageInfo { hasNextPage } } }";

/** Asks for the first page of hits. */
export async function askFor(url: string, query: string): Promise<unknown[]> {
  const { search } = await ask<{ search: { nodes: unknown[] } }>(url, document, { query });
  return search.nodes;
}

/** Prints how long the first page of each query takes. */
export async function measureQueries(url: string): Promise<void> {
  for (const [what, query] of Object.entries(queries)) {
    const took: number[] = [];
    let hits = 0;
    for (let time = 0; time < times; time += 1) {
      const begunAt = performance.now();
      hits = (await askFor(url, query)).length;
      took.push(performance.now() - begunAt);
    }
    printTimes(`${what} (${hits} hits on the first page)`, took);
  }
}
