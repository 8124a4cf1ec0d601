import { expect, it } from "vitest";
import { duration } from "../../src/web/duration.js";

it("a duration has no more of a unit than the next one is", () => {
  const words = [0, 350, 999.4, 999.6, 4_249, 59_949, 59_950, 60_000, 119_499, 119_500, 3_599_600].map(
    duration,
  );
  expect(words).toEqual([
    "0 ms",
    "350 ms",
    "999 ms",
    "1.0 s",
    "4.2 s",
    "59.9 s",
    "1 min 0 s",
    "1 min 0 s",
    "1 min 59 s",
    "2 min 0 s",
    "60 min 0 s",
  ]);
});
