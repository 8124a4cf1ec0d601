import { expect, it } from "vitest";
import { fold } from "../../src/domain/text.js";
import { foldForSearch } from "../../src/domain/search/fold.js";
import { graphql } from "../support/graphql.js";
import { indexAll } from "../support/indexing.js";
import { createRandom } from "../support/random.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { recordStatements } from "../support/statements.js";
import { createSession } from "../support/work.js";

const service = shareService();
const node = shareNode(service);

const rename = graphql(`
  mutation RenameToFind($input: UpdateSessionInput!) { updateSession(input: $input) { session { id } } }
`);
const titled = graphql(`
  query SessionsTitled($search: String!, $order: SessionOrder!) {
    sessions(filter: { search: $search, state: ALL }, orderBy: $order, first: 100) { totalCount nodes { sessionId } }
  }
`);

const pieces = [
  ..."aéß日本x_%\\ǅ가각ﬁΣς¨は",
  "mend",
  "Mend",
  "e\u0301",
  "test 1",
  "-",
  "検索",
  "😀",
  "İ",
  "i\u0307",
  "\u1100\u1161",
  "half-width ｶﾞ",
];

function makeTitle(random: ReturnType<typeof createRandom>): string {
  return Array.from({ length: 1 + random.below(8) }, () => random.pick(pieces)).join(
    random.pick(["", " ", "  "]),
  );
}

/** A piece of a text, as one types it to find that text. */
function cutFrom(random: ReturnType<typeof createRandom>, text: string): string {
  const units = [...text];
  const start = random.below(units.length);
  return units.slice(start, start + 1 + random.below(6)).join("");
}

it("titles are found by their words at once, whatever of them is indexed", async () => {
  const seed = Math.trunc(Math.random() * 100_000);
  const random = createRandom(seed);
  const titles = new Map<string, string>();
  let found = 0;
  for (let round = 0; round < 300; round += 1) {
    if (titles.size < 5 || random.chance(0.15)) titles.set((await createSession(service)).sessionId, "");
    const sessionId = random.pick([...titles.keys()]);
    const title = makeTitle(random).trim() || "x";
    await service.ask(rename, { input: { session: { sessionId }, title } });
    titles.set(sessionId, title);
    if (random.chance(0.2)) await indexAll(node);
    const search = cutFrom(random, random.pick([...titles.values()].filter(Boolean))).trim();
    const words = search.split(/\s+/u).filter(Boolean);
    const order = random.pick(["ATTENTION", "CREATED"] as const);
    const { sessions } = await service.ask(titled, { search, order });
    const expected = [...titles]
      .filter(([, each]) => words.every((word) => fold(each).includes(fold(word))))
      .map(([id]) => id);
    expect({ seed, search, ids: sessions.nodes.map((each) => each.sessionId).toSorted() }).toEqual({
      seed,
      search,
      ids: expected.toSorted(),
    });
    expect(sessions.totalCount).toBe(expected.length);
    found += expected.length;
  }
  expect(found).toBeGreaterThan(300);
  await indexAll(node);
  const sent = await recordStatements(
    async () => void (await service.ask(titled, { search: "never asked", order: "ATTENTION" })),
  );
  expect(sent.some(({ text }) => text.includes("from_seq = 0"))).toBe(true);
});

it("a title that holds a word holds it in the form of the index too", () => {
  const seed = Math.trunc(Math.random() * 100_000);
  const random = createRandom(seed);
  for (let round = 0; round < 20_000; round += 1) {
    const title = makeTitle(random);
    for (const word of cutFrom(random, title).split(/\s+/u).filter(Boolean)) {
      if (!fold(title).includes(fold(word))) continue;
      expect({ seed, title, word, held: foldForSearch(title).includes(foldForSearch(word)) }).toEqual({
        seed,
        title,
        word,
        held: true,
      });
    }
  }
});
