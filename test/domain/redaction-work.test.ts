import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/domain/json-value.js";
import { redact, redactInSteps, redactSteps } from "../../src/domain/redaction/redact.js";
import { runAtOnce } from "../../src/domain/redaction/steps.js";
import { type Piece, createTextStream } from "../../src/domain/redaction/text-stream.js";
import { Work } from "../../src/domain/redaction/work.js";
import { realisticTexts } from "../support/realistic-texts.js";
import { ordinaryTexts, repeated, repeatedUnits, shuffled } from "../support/redaction-texts.js";

/** What the costliest single look may go over the bound: a command of 4,096 characters that are all options. */
const lookMax = 12_000;

function workOf(value: JsonValue): Work {
  const work = new Work();
  redact(value, work);
  return work;
}

/** Of texts below 100,000 characters. */
const isBounded = (work: Work, characters: number) => work.spent <= 24_100 + 0.33 * characters + lookMax;

const units = [...new Set([...repeatedUnits(1, 400), ...repeatedUnits(20_261_128, 400)])];
/** Dense in what is looked at, or found, more than any text that serves for something. */
const dense = repeated("--password 8:AA token=Bearer ", 40_000);
const secret = "hunter2Swordfish9";

describe("the work on a payload", () => {
  it("has a bound, whatever is repeated in it", () => {
    expect(units.length).toBeGreaterThan(500);
    const works = units.map((unit) => ({ unit, work: workOf(repeated(unit, 16_000)) }));
    expect(works.filter(({ work }) => !isBounded(work, 16_000)).map(({ unit }) => unit)).toEqual([]);
    expect(works.filter(({ work }) => work.isOver).length).toBeGreaterThan(3);
  });

  it("has a bound, whatever is put together in it", () => {
    // A short text never meets it.
    const short = Array.from({ length: 2_000 }, (_, seed) => shuffled(seed, 200 + (seed >> 1)));
    expect(short.filter((text) => workOf(text).isOver)).toEqual([]);
    const long = Array.from({ length: 40 }, (_, seed) => shuffled(seed, 20_000));
    expect(long.filter((text) => !isBounded(workOf(text), text.length))).toEqual([]);
  });

  it("has one bound for all its strings and keys", () => {
    const strings = Array.from({ length: 10_000 }, (_, n) => `pw: aB3${n}x`);
    const keys = Object.fromEntries(strings.map((text) => [`${text} and more`, 1]));
    for (const value of [strings, keys, { log: strings.join("\n") }]) {
      const work = workOf(value);
      expect(work.isOver).toBe(true);
      expect(work.spent).toBeLessThan(0.57 * JSON.stringify(value).length + lookMax);
    }
  });

  it("counts arrays, objects and keys before anything is looked at", () => {
    const boxes = Array.from({ length: 1_000 }, () => ({ a: 1, b: [[2]] }));
    // The list, and of each item the object with its two keys and the list in it; a list without a text needs no look.
    expect(workOf(boxes).spent).toBe(2 + 1_000 * (2 + 2 + 2));
    expect(workOf([1, 2, [], null]).spent).toBe(2);
    const payload = { boxes: Array.from({ length: 20_000 }, () => [[[["a"]]]]), text: "nothing to see" };
    expect(workOf(payload).isOver).toBe(true);
    expect(redact(payload).value.text).toBe("[REDACTED]");
  });

  it("has a bound where hundreds of found values begin alike, and their beginning is everywhere", () => {
    const head = "Zq9AbcdE";
    const found = Array.from({ length: 250 }, (_, n) => ({ password: head + `x${n}y`.repeat(20 + n) }));
    const value = [...found, head.repeat(5_000)];
    const work = workOf(value);
    expect(work.isOver).toBe(true);
    expect(work.spent).toBeLessThan(0.57 * JSON.stringify(value).length + lookMax);
  });

  it("costs the same whatever was redacted before", () => {
    const texts = Object.values(realisticTexts(3_000));
    const once = texts.map((text) => workOf(text).spent);
    expect(texts.toReversed().map((text) => workOf(text).spent)).toEqual(once.toReversed());
  });
});

describe("of real texts", () => {
  it.each(Object.entries(realisticTexts(12_000)))("12,000 characters of %s stay far below it", (_, text) => {
    const work = workOf(text);
    expect(work.spent / work.allowed).toBeLessThan(0.7);
  });

  it("100,000 characters without a secret stay below a third", () => {
    for (const text of Object.values(ordinaryTexts(100_000))) {
      const work = workOf(text);
      expect(work.spent / work.allowed).toBeLessThan(1 / 3);
    }
  });
});

describe("what costs more is withheld", () => {
  it("as a whole, and counts as redacted", () => {
    expect(redact(`${dense} password=${secret}`)).toEqual({ value: "[REDACTED]", count: 1 });
    expect(redact({ text: dense, id: 7, stream: "stdout", ok: true })).toEqual({
      value: { text: "[REDACTED]", id: 7, stream: "stdout", ok: true },
      count: 1,
    });
  });

  it("with what was found in it, wherever else that stands", () => {
    const payload = { first: secret, text: `${dense} password=${secret}`, [`the ${secret}`]: [btoa(secret)] };
    const { value, count } = redact(payload);
    expect(value).toEqual({
      first: "[REDACTED]",
      text: "[REDACTED]",
      "[REDACTED]": ["[REDACTED]"],
    });
    expect(count).toBe(4);
  });

  it("in steps as at once", async () => {
    const payload = { text: dense, list: [secret, "short", 1], more: dense.slice(100) };
    expect(await redactInSteps(payload, () => undefined)).toEqual(redact(payload));
  });
});

it("a payload that was redacted stays as it is, whether it was withheld, nearly, or not", () => {
  const texts = [20_000, 60_000].flatMap((length) =>
    [
      "password=aB3dE6gH9kLx2\n",
      "token key: ",
      "TOKEN=a1B2c3D4e5F6g7H8\nkey=",
      "creds are a:b1 ",
      "<password>x1y2z3</password>",
    ].map((unit) => repeated(unit, length)),
  );
  // One long secret allows for much that comes with it, but is no longer there the second time.
  texts.push(`password=${"aB3dE6".repeat(20_000)}\n${repeated("key token: ", 70_000)}`);
  const verdicts = texts.map((text) => {
    const once = redact({ text, kind: "stdout" });
    expect(redact(once.value)).toEqual({ value: once.value, count: 0 });
    return once.value.text === "[REDACTED]";
  });
  expect(new Set(verdicts)).toEqual(new Set([true, false]));
});

describe("a stream", () => {
  const shownOf = (text: string, length: number): string[] => {
    const stream = createTextStream();
    const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, n): Piece => ({
      text: text.slice(n * length, (n + 1) * length),
      cuts: [],
    }));
    for (const piece of pieces) stream.add(piece);
    for (const _step of stream.search());
    return pieces.map((piece) => runAtOnce(redactSteps({ text: piece.text }, piece)).value.text);
  };

  it.each([100, 4_000, 20_000])("that costs too much shows no secret in pieces of %i", (length) => {
    const text = repeated(`${dense.slice(0, 3_000)} password=${secret} `, 60_000);
    expect(redact(text).value).toBe("[REDACTED]");
    const shown = shownOf(text, length).join("\n");
    expect(/hunter|Sword|fish9/.exec(shown)).toBeNull();
  });

  it("that costs too much is withheld in pieces that are all looked at together", () => {
    expect(new Set(shownOf(dense, 400))).toEqual(new Set(["[REDACTED]"]));
  });

  it("of real text is never withheld", () => {
    for (const text of Object.values(realisticTexts(12_000))) {
      const shown = shownOf(text, 700);
      // Of a private key, no more than a mark is left in any piece.
      expect(new Set(shown).size).toBeGreaterThan(1);
    }
  });
});
