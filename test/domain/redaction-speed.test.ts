import { expect, it } from "vitest";
import { redactText } from "../../src/domain/redaction/redact.js";
import { ordinaryTexts, repeated, repeatedUnits } from "../support/redaction-texts.js";

/** Milliseconds: the least of several, since what else runs only adds. */
function msOf(text: string): number {
  let least = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    redactText(text);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const short = 16 * 1024;
const factor = 16;

/** How many times as long a text sixteen times as long takes. */
function growthOf(unit: string): number {
  const once = msOf(repeated(unit, short));
  return msOf(repeated(unit, short * factor)) / Math.max(once, 0.2);
}

// What is quadratic takes 256 times as long, each time that it is tried. A machine that is busy with ten other things at once
// makes 16 times 160 at most. `npm run bench -- redaction` measures finer.
it("redaction takes a text's length in time, whatever is repeated in it", () => {
  const slow = repeatedUnits(20_261_128, 400).filter((unit) =>
    [1, 2, 3, 4, 5].every(() => growthOf(unit) > factor * 10),
  );
  expect(slow).toEqual([]);
});

// Prose costs a pass over the text. A finder that reads to the end of the line or further at each sign costs 700 times that.
it.each([
  "Authorization: Digest a:",
  "Authorization: Digest aname: ",
  "Authorization: Hawk a=",
  "]@tcp(",
  "pass: ",
])("256 KiB of %j cost at most 250 times what prose costs", (unit) => {
  const length = 256 * 1024;
  const prose = msOf(ordinaryTexts(length)["prose"] ?? "");
  expect(msOf(repeated(unit, length)) / prose).toBeLessThan(250);
});
