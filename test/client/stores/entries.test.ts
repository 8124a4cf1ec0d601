import { expect, it } from "vitest";
import { EntryList } from "../../../src/client/stores/entries.js";

interface Entry {
  key: string;
  text: string;
}
const entryOf = (number: number, text = ""): Entry => ({ key: `k${number}`, text });

it("what is put at both ends is one list, and an entry keeps its place for good", () => {
  const list = new EntryList<Entry>();
  for (let number = 0; number < 1_000; number += 1) list.add(entryOf(number), "end");
  for (let number = -1; number >= -700; number -= 1) list.add(entryOf(number), "front");
  const entries = list.snapshot([entryOf(1_000, "draft")]);
  expect([entries.length, entries.firstIndex]).toEqual([1_701, -700]);
  expect(entries.toArray().map(({ key }) => key)).toEqual(
    Array.from({ length: 1_701 }, (_, index) => `k${index - 700}`),
  );
  expect([entries.indexOf("k0"), entries.indexOf("k1000"), entries.indexOf("none")]).toEqual([
    700, 1_700, -1,
  ]);
  expect([entries.at(-1)?.text, entries.at(1_701), entries.at(-1_702)]).toEqual([
    "draft",
    undefined,
    undefined,
  ]);
});

it("a snapshot never changes, and shares with the next one all that has not changed", () => {
  const list = new EntryList<Entry>();
  for (let number = 0; number < 600; number += 1) list.add(entryOf(number), "end");
  const before = list.snapshot([]);
  list.replace(entryOf(599, "new"));
  list.add(entryOf(600), "end");
  list.add(entryOf(-1), "front");
  const after = list.snapshot([]);
  expect([before.length, before.at(-1)?.text, before.at(0)?.key, before.indexOf("k600")]).toEqual([
    600,
    "",
    "k0",
    -1,
  ]);
  expect([after.length, after.at(600)?.text, after.at(0)?.key]).toEqual([602, "new", "k-1"]);
  expect(after.at(1)).toBe(before.at(0));
});

it("a batch costs what it brings, however long the list is", () => {
  const list = new EntryList<Entry>();
  for (let number = 0; number < 100_000; number += 1) list.add(entryOf(number), "end");
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 1_000 }, (_, batch) => {
    for (let number = 0; number < 10; number += 1) list.add(entryOf(100_000 + batch * 10 + number), "end");
    return list.snapshot([]);
  });
  expect(kept.at(-1)?.length).toBe(110_000);
  // Copies of the whole list would be 800 MB; these are about 6 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
  expect(kept[0]?.length).toBe(100_010);
});
