import { describe, expect, it } from "vitest";
import { release, shownMax } from "../../src/domain/redaction/growing-text.js";
import { redactText } from "../../src/domain/redaction/redact.js";
import { createRandom } from "../support/random.js";
import { innocents, leaks } from "./redaction-corpus.js";
import { samples } from "./redaction-samples.js";
import { trapTexts } from "./redaction-traps.js";

/** What is shown of a text that comes in pieces of these lengths, and is followed by another line. */
function show(text: string, next: () => number): { steps: string[]; shown: string; held: string } {
  const steps: string[] = [];
  let shown = "";
  let held = "";
  const earlier = new Set<string>();
  for (let at = 0; at < text.length;) {
    const length = next();
    const released = release(shown.slice(-shownMax), held + text.slice(at, at + length), earlier);
    shown += released.shown;
    held = released.held;
    steps.push(shown);
    at += length;
  }
  return { steps, shown, held };
}

function redactWhole(text: string): string {
  return joined(redactText(text).text);
}

function joined(text: string): string {
  return text.replace(/(?:\[REDACTED\])+/g, "[REDACTED]");
}

/** Eight characters in a row of the secret, or all of a shorter one, that the text redacted as a whole does not have. */
function partLeft(shown: string, whole: string, secret: string): string | undefined {
  const length = Math.min(8, secret.length);
  const parts = Array.from({ length: secret.length - length + 1 }, (_, n) => secret.slice(n, n + length));
  return parts.find((part) => shown.includes(part) && !whole.includes(part));
}

const cases = [
  ...samples.map(({ text, secrets }) => ({ text, secrets })),
  ...leaks.map(({ text, gone }) => ({ text, secrets: gone })),
  { text: "TOKEN=a1B2c3D4e5F6a1B2 once, (a1B2c3D4e5F6a1B2.) again", secrets: ["a1B2c3D4e5F6a1B2"] },
  // Told by what stands behind it.
].filter(({ text }) => !text.startsWith("qpdf --encrypt"));

describe("of a text that comes in pieces", () => {
  const end = "\n\nThat is all of it, and more. ";

  it("no part of a secret is shown that the whole would not show, wherever it is cut", () => {
    const seed = 36;
    const random = createRandom(seed);
    expect(cases.length).toBeGreaterThan(1_900);
    let differ = 0;
    for (const [n, { text, secrets }] of cases.entries()) {
      const whole = redactWhole(text + end);
      // Each eighth at every place, the others in random pieces.
      const { shown, held } = show(text + end, n % 8 === 0 ? () => 1 : () => 1 + random.below(40));
      for (const secret of secrets) {
        const left = partLeft(shown, whole, secret);
        if (left !== undefined)
          expect({ seed, text, shown, left }).toEqual({ seed, text, shown, left: undefined });
      }
      if (joined(shown + held) !== whole) differ += 1;
    }
    // What is taken for a secret may differ where what stands behind it would tell that it is none.
    expect(differ).toBeLessThan(cases.length / 100);
  });

  it("what holds no secret is shown as it is, and what is shown is never taken back", () => {
    const random = createRandom(3);
    const texts = [...trapTexts, ...innocents].filter((text) => !text.includes("[REDACTED]"));
    const touched = texts.filter((text) => {
      const { steps, shown, held } = show(text + end, () => 1 + random.below(16));
      for (const [n, step] of steps.entries()) expect(step.startsWith(steps[n - 1] ?? "")).toBe(true);
      return shown + held !== text + end;
    });
    // `API_KEY=<your key>` is cut where nothing tells yet that it is a place to fill in.
    expect(touched.length).toBeLessThanOrEqual(2);
  });
});

it.each([
  ["Hello", "Hello"],
  ["The order is on its way.", "The order is on its way."],
  ["and it's «done»", "and it's «done»"],
  ["the risk, and wor", "the risk, and wor"],
  ["the s", "the "],
  ["fooghp", "foo"],
  ["It is 42", "It is "],
  ["It is 42 now", "It is 42 now"],
  ["the password is hun", "the password is "],
  ["the password is hunter2swordfish9, ok", "the password is [REDACTED], ok"],
  ["see -----BEG", "see "],
  ["Done 🙂", "Done 🙂"],
])("of %j is shown %j", (text, shown) => {
  expect(release("", text)).toEqual({
    shown,
    held: shown.includes("[REDACTED]") ? "" : text.slice(shown.length),
  });
});
