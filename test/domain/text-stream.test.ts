import { describe, expect, it } from "vitest";
import { replaceSpans } from "../../src/domain/redaction/span.js";
import { type Piece, createTextStream, streamOf } from "../../src/domain/redaction/text-stream.js";

const token = `ghp_${"a1B2c3".repeat(6)}`;

/** The pieces as they are stored, what goes over their edges taken out. */
function redactCuts(texts: readonly string[], kept = ""): string[] {
  const stream = createTextStream(kept);
  const pieces = texts.map((text): Piece => ({ text, cuts: [] }));
  for (const piece of pieces) stream.add(piece);
  for (const _step of stream.search());
  return pieces.map(({ text, cuts }) => replaceSpans(text, cuts).text);
}

function inPieces(text: string, length: number): string[] {
  return Array.from({ length: Math.ceil(text.length / length) }, (_, n) =>
    text.slice(n * length, (n + 1) * length),
  );
}

describe("a secret over the edge of two pieces", () => {
  it.each([8, 20, 33])("is taken from both, the first %i characters and the rest", (at) => {
    expect(redactCuts([`got ${token.slice(0, at)}`, `${token.slice(at)} back`])).toEqual([
      "got [REDACTED]",
      "[REDACTED] back",
    ]);
  });

  it("is taken from all of them if it comes in eight characters at a time", () => {
    const stored = redactCuts(inPieces(`the token is ${token}, and DB_PASSWORD=hunter2swordfish9 too`, 8));
    expect(stored.join("")).not.toMatch(/a1B2|c3a1|hunter|sword|fish/);
    expect(stored.join("")).toMatch(
      /^the token is (?:\[REDACTED\])+, and DB_PASSWORD=(?:\[REDACTED\])+ too$/,
    );
  });

  it("is taken from the second if the first was stored before", () => {
    expect(redactCuts([`${token.slice(12)} back`], `got ${token.slice(0, 12)}`)).toEqual(["[REDACTED] back"]);
  });

  it.each([
    [
      ["DB_PASSWORD=", "hunter2swordfish\n"],
      ["DB_PASSWORD=", "[REDACTED]\n"],
    ],
    [
      ["DB_PASSWORD", "=", "hunter2swordfish\n"],
      ["DB_PASSWORD", "=", "[REDACTED]\n"],
    ],
    [
      ["The password", ":", " hunter2secret9", "."],
      ["The password", ":", " [REDACTED]", "."],
    ],
    [
      ["The pass", "word is", " hunter", "2secret9, ok"],
      ["The pass", "word is", " [REDACTED]", "[REDACTED], ok"],
    ],
  ])("is known where its name stands in the pieces before: %j", (pieces, stored) => {
    expect(redactCuts(pieces)).toEqual(stored);
  });
});

describe("a long secret", () => {
  const lines = Array.from({ length: 40 }, (_, n) => `${`${n}aB3dE6gH`.repeat(8).slice(0, 64)}\n`);

  it("that comes a line at a time is taken to its last line", () => {
    const kind = "PRIVATE KEY";
    const key = [`-----BEGIN ${kind}-----\n`, ...lines, `-----END ${kind}-----\n`, "done\n"];
    const stored = redactCuts(key).join("");
    expect(stored).not.toMatch(/aB3dE6gH/);
    expect(stored).toMatch(/done\n$/);
  });

  it("that comes a few characters at a time is taken to its last character", () => {
    const jwt = ["eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "a1B2c3".repeat(400), "d4E5f6".repeat(10)].join(".");
    const stored = redactCuts(inPieces(`got ${jwt} back`, 12)).join("");
    expect(stored).not.toMatch(/a1B2|d4E5/);
    expect(stored).toMatch(/back$/);
  });

  it.each([900, 1500, 2200])("that is a key is taken from both of two large pieces, cut at %i", (at) => {
    const kind = "RSA PRIVATE KEY";
    const key = `cat key.pem\n-----BEGIN ${kind}-----\n${lines.join("")}-----END ${kind}-----\ndone\n`;
    expect(redactCuts([key.slice(0, at), key.slice(at)])).toEqual([
      "cat key.pem\n[REDACTED]",
      "[REDACTED]\ndone\n",
    ]);
  });

  it.each([300, 900, 1500])("that is a key goes on in the next append, cut at %i", (at) => {
    const kind = "PRIVATE KEY";
    const key = `-----BEGIN ${kind}-----\n${lines.join("")}-----END ${kind}-----\ndone\n`;
    const stream = createTextStream();
    stream.add({ text: key.slice(0, at), cuts: [] });
    expect(redactCuts([key.slice(at)], stream.end(256))).toEqual(["[REDACTED]\ndone\n"]);
  });

  it("that is a long token goes on in the next append", () => {
    const header = "eyJ";
    const jwt = `${header}hbGciOiJIUzI1NiJ9.${header}${"a1B2c3".repeat(200)}.d4E5f6`;
    const stream = createTextStream();
    stream.add({ text: `got ${jwt.slice(0, 900)}`, cuts: [] });
    expect(redactCuts([`${jwt.slice(900)} back`], stream.end(256))).toEqual(["[REDACTED] back"]);
  });
});

it("nothing is taken from a line behind one that ends with a secret", () => {
  expect(redactCuts(["TOKEN=aB3dE6gH9kL", "Next line"])).toEqual(["TOKEN=[REDACTED]", "Next line"]);
});

describe("nothing is taken", () => {
  it.each<[string, string[]]>([
    [
      "from prose in pieces",
      inPieces("The tests pass, the token is refreshed and the key is in its place.", 5),
    ],
    ["from a prompt and what follows it", ["Enter the password:", "Last login: Tue"]],
    ["from empty pieces", ["", "", "a"]],
  ])("%s", (_title, texts) => {
    expect(redactCuts(texts)).toEqual(texts);
  });
});

it("a stream's end is what came last, over several pieces", () => {
  const stream = createTextStream("kept ");
  for (const text of ["one ", "two ", "three"]) stream.add({ text, cuts: [] });
  expect(stream.end(9)).toBe("two three");
  expect(stream.end(256)).toBe("kept one two three");
});

it("of a stream that went on after a key block, only the end is kept", () => {
  const stream = createTextStream();
  const kind = "PRIVATE KEY";
  const text = `-----BEGIN ${kind}-----\n${"aB3d".repeat(90)}\n-----END ${kind}-----\n${"words ".repeat(50)}`;
  stream.add({ text, cuts: [] });
  expect(stream.end(256)).toBe(text.slice(-256));
});

it.each([
  ["COMMAND_OUTPUT", { text: "a", stream: "stdout" }, { text: "b", stream: "stderr" }],
  ["ASSISTANT_MESSAGE", { text: "a", messageId: "m1" }, { text: "b", messageId: "m2" }],
] as const)("%s of two sources are two streams", (type, one, other) => {
  expect(streamOf(type, one)).toBe(streamOf(type, { ...one, text: "c" }));
  expect(streamOf(type, one)).not.toBe(streamOf(type, other));
});

it.each([
  ["TOOL_CALL", { name: "Bash" }],
  ["DIFF", { diff: "+a" }],
  ["COMMAND_OUTPUT", {}],
] as const)("%s with %j is no piece of a stream", (type, payload) => {
  expect(streamOf(type, payload)).toBeUndefined();
});
