import { describe, expect, it } from "vitest";
import { foldForSearch, foldWithOrigin } from "../../src/domain/search/fold.js";
import { Grams, gramsOf, saltOf } from "../../src/domain/search/grams.js";
import { placeOf } from "../../src/domain/search/place.js";
import { maxQueryLength, meet, parseQuery } from "../../src/domain/search/query.js";
import { makeSnippet, maxSnippetLength } from "../../src/domain/search/snippet.js";
import { type Random, createRandom } from "../support/random.js";

const pieces = [
  ..."aAbBzZ09_-./\\%\"'(){} \n\t",
  ..."éÉüßẞİıſςΣσﬁΆКёй한하글가がかハﾊ日本語検索漢字é",
  "e\u0301",
  "i\u0307",
  "\u1112\u1161\u11ab",
  "か\u3099",
  "\u0301",
  "\u00a0",
  "´",
  "𝔘",
  "🧪",
  "👩‍👩‍👧",
  "ﷺ",
  "foo",
  "Straße",
];

const randomText = (random: Random, most: number) =>
  Array.from({ length: random.below(most) }, () => random.pick(pieces)).join("");

describe("the form that is searched", () => {
  it.each([
    ["Straße", "STRASSE"],
    ["Café", "cafe\u0301"],
    ["İstanbul", "istanbul"],
    ["ﬁle", "FILE"],
    ["ὈΔΥΣΣΕΎΣ", "οδυσσευς"],
    ["ＡＢＣ", "abc"],
    ["ハ", "ﾊ"],
    ["\u1112\u1161\u11ab글", "한글"],
    ["a\n\t b", "A B"],
  ])("%j and %j are the same", (one, other) => {
    expect(foldForSearch(one)).toBe(foldForSearch(other));
  });

  it.each([
    ["か", "が"],
    ["하", "한"],
    ["日", "本"],
  ])("%j and %j are not", (one, other) => {
    expect(foldForSearch(one)).not.toBe(foldForSearch(other));
  });

  it("is the same with and without origins, folds to itself, and every piece of it comes from where it says", () => {
    const random = createRandom(1);
    for (let round = 0; round < 2_000; round += 1) {
      const text = randomText(random, 30).replaceAll(/\s+/gu, " ");
      const folded = foldWithOrigin(text);
      expect(folded.text).toBe(foldForSearch(text));
      expect(foldForSearch(folded.text)).toBe(folded.text);
      if (folded.text === "") continue;
      const start = random.below(folded.text.length);
      const end = start + 1 + random.below(folded.text.length - start);
      expect(foldForSearch(text.slice(...folded.origin(start, end)))).toContain(
        folded.text.slice(start, end),
      );
    }
  });
});

describe("a query", () => {
  const told = (query: string) =>
    parseQuery(query, "query").map(({ wanted, unwanted }) => [
      ...wanted,
      ...unwanted.map((each) => `-${each}`),
    ]);

  it.each<[string, string[][]]>([
    ["foo Bar", [["foo", "bar"]]],
    ['"foo  bar" baz', [["foo bar", "baz"]]],
    ["foo OR bar -baz", [["foo"], ["bar", "-baz"]]],
    ["foo or bar", [["foo", "or", "bar"]]],
    ['-"foo bar" baz', [["baz", "-foo bar"]]],
    ["-foo", []],
    ["-foo OR -bar", []],
    ["foo OR -bar", [["foo"]]],
    ["OR OR foo OR", [["foo"]]],
    ['"foo bar', [["foo bar"]]],
    ['foo"bar baz"', [["foo", "bar baz"]]],
    ['"OR"', [["or"]]],
    ["--force a-b - _x", [["--force", "a-b", "_x"]]],
    ['"" " " -""', []],
    ["“foo bar”", [["foo bar"]]],
    ["% _ \\ \0 \ud800", [["%", "_", "\\", "\ufffd"]]],
    ["", []],
  ])("%j means %j", (query, meaning) => {
    expect(told(query)).toEqual(meaning);
  });

  it("is refused beyond its bounds alone, whatever it holds", () => {
    const random = createRandom(2);
    for (let round = 0; round < 2_000; round += 1) parseQuery(randomText(random, 40), "query");
    expect(() => parseQuery("x".repeat(maxQueryLength + 1), "query")).toThrow(
      "query must be at most 1000 characters",
    );
    expect(() => parseQuery("x ".repeat(33), "query")).toThrow(
      "query must hold at most 32 words and phrases",
    );
    expect(told("x".repeat(maxQueryLength))).toHaveLength(1);
  });

  it("is met by words wherever they stand", () => {
    const meets = (text: string, query: string) =>
      meet(foldForSearch(text), parseQuery(query, "query")) !== null;
    expect(meets("src/graphql/resolveReader.ts:12", "reader SOLVE")).toBe(true);
    expect(meets("src/graphql/resolveReader.ts:12", '"reader.ts"')).toBe(true);
    expect(meets("全文検索のテスト", "検索 テスト")).toBe(true);
    expect(meets("one two", '"two one"')).toBe(false);
    expect(meets("one two", "one -two")).toBe(false);
    expect(meets("one two", "three OR two")).toBe(true);
  });
});

it("a text that meets an alternative holds all grams that are looked up for it, and those of another bucket are others", () => {
  const random = createRandom(3);
  for (let round = 0; round < 500; round += 1) {
    const text = foldForSearch(randomText(random, 60));
    if (text.length < 4) continue;
    const cut = () => {
      const start = random.below(text.length - 1);
      return text.slice(start, start + 1 + random.below(12));
    };
    const query = [{ wanted: [cut(), cut(), cut()], unwanted: [] }];
    const salt = saltOf("tenant", round);
    const grams = new Grams(salt);
    grams.add(text);
    const held = new Set(grams.list);
    expect(gramsOf(query, salt)[0]?.filter((gram) => !held.has(gram))).toEqual([]);
    expect(gramsOf(query, saltOf("tenant", round + 1))[0]?.every((gram) => held.has(gram))).toBe(false);
  }
});

it("few texts hold all grams of a word that they do not hold, though all its letters are common in them", () => {
  const random = createRandom(5);
  const word = () =>
    Array.from({ length: 3 + random.below(8) }, () => "aeiorstnlcdu"[random.below(12)]).join("");
  const texts = Array.from({ length: 200 }, () => Array.from({ length: 300 }, word).join(" "));
  const salt = saltOf("tenant", 1);
  const held = texts.map((text) => {
    const grams = new Grams(salt);
    grams.add(text);
    return new Set(grams.list);
  });
  const absent = Array.from({ length: 50 }, () => `${word()}${word()}`).filter(
    (term) => !texts.some((text) => text.includes(term)),
  );
  const inVain = absent.flatMap((term) => {
    const [asked = []] = gramsOf([{ wanted: [term], unwanted: [] }], salt);
    return held.filter((grams) => asked.every((gram) => grams.has(gram)));
  });
  expect(absent.length).toBeGreaterThan(30);
  expect(inVain.length).toBeLessThan(absent.length * texts.length * 0.002);
});

it("the grams of a bucket stand side by side, and those of buckets one after another stand apart", () => {
  const text = foldForSearch(randomText(createRandom(4), 2_000));
  const places = Array.from({ length: 50 }, (_, bucket) => {
    const grams = new Grams(saltOf("tenant", bucket));
    grams.add(text);
    const found = new Set(grams.list.map((gram) => gram >> 22));
    expect(found.size).toBe(1);
    return [...found][0];
  });
  expect(new Set(places).size).toBeGreaterThan(40);
});

describe("a snippet", () => {
  it("is short, shows the terms, and marks whole characters that fold to them, in order", () => {
    const random = createRandom(4);
    let marked = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const text = randomText(random, round % 3 === 0 ? 400 : 40);
      const folded = foldForSearch(text).trim();
      if (folded === "") continue;
      const start = random.below(folded.length);
      const term = folded.slice(start, start + 1 + random.below(6)).trim();
      if (term === "" || !term.isWellFormed()) continue;
      const snippet = makeSnippet(text, [term]);
      const points = [...snippet.text];
      expect(points.length).toBeLessThanOrEqual(maxSnippetLength);
      expect(snippet.text.isWellFormed()).toBe(true);
      expect(snippet.highlights.length).toBeGreaterThan(0);
      let before = -1;
      for (const [from, to] of snippet.highlights) {
        expect(from).toBeGreaterThan(before);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(points.length);
        const shown = foldForSearch(points.slice(from, to).join(""));
        // Where the snippet ends, or begins, only a part may be left of it.
        if (to < points.length && from > 0) expect(shown).toContain(term);
        before = to;
        marked += 1;
      }
    }
    expect(marked).toBeGreaterThan(1_000);
  });

  it("marks what folds to more or fewer characters, and shows the most terms together", () => {
    expect(makeSnippet("Die  große\nStraße", ["strasse", "ss"])).toEqual({
      text: "Die große Straße",
      highlights: [
        [7, 8],
        [10, 16],
      ],
    });
    expect(makeSnippet("🧪 İ e\u0301t", ["i", "et"])).toEqual({
      text: "🧪 İ e\u0301t",
      highlights: [
        [2, 3],
        [4, 7],
      ],
    });
    const far = `alpha ${"x ".repeat(400)}alpha beta ${"y ".repeat(400)}`;
    expect(makeSnippet(far, ["alpha", "beta"]).highlights).toHaveLength(2);
  });
});

it("what is searched of each type of event", () => {
  const texts = [
    placeOf({
      type: "TOOL_CALL",
      payload: { name: "bash", input: { cmd: ["ls", 7] }, output: null },
      command: null,
    }),
    placeOf({ type: "DIFF", payload: { path: "a.ts", diff: "+x" }, command: null }),
    placeOf({
      type: "BACKEND_STATUS",
      payload: { phase: "command-created" },
      command: { prompt: "Mend it" },
    }),
    placeOf({ type: "BACKEND_STATUS", payload: { phase: "run-created" }, command: null }),
    placeOf({
      type: "TERMINAL_STATUS",
      payload: { terminalStatus: "failed", message: "no disk" },
      command: null,
    }),
  ];
  expect(texts).toEqual([
    { field: "TOOL", text: "bash\ncmd: ls\ncmd: 7" },
    { field: "DIFF", text: "a.ts\n+x" },
    { field: "PROMPT", text: "Mend it" },
    null,
    { field: "ERROR", text: "no disk" },
  ]);
});
