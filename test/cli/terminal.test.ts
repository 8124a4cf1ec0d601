import { describe, expect, it } from "vitest";
import { plainLine, plainText } from "../../src/cli/terminal.js";
import { createRandom } from "../support/random.js";

describe("what a terminal would obey is taken out of a text", () => {
  it.each([
    ["a title and a clear screen", "\x1b]0;owned\x07\x1b[2J.", "."],
    ["a title with spaces in it", "\x1b]0;two words\x07.", "."],
    ["a title that ends by ST", "\x1b]2;two words\x1b\\.", "."],
    ["a write to the clipboard", "\x1b]52;c;cm0gLXJm\x07.", "."],
    ["a link", "\x1b]8;;http://evil.example\x1b\\text\x1b]8;;\x1b\\.", "text."],
    ["a device control string", "\x1bP1$r q\x1b\\.", "."],
    ["an application command", "\x1b_Ga=T;AAAA\x1b\\.", "."],
    ["a string in C1", "\x9d0;two words\x9c.", "."],
    ["a string that does not end", "\x1b]0;owned", "0;owned"],
    ["colours", "\x1b[1;31mred\x1b[m.", "red."],
    ["colours of 24 bits, with colons", "\x1b[38:2::255:0:0mred\x1b[0m.", "red."],
    ["a cursor that moves", "\x1b[10;1H\x1b[?25l\x1b[!p\x1b[6 q.", "."],
    ["a control sequence in C1", "\x9b2J.", "."],
    ["a control sequence that does not end", "\x1b[12", "12"],
    ["a reset, and another character set", "\x1bc\x1b(0\x1b7\x1b#8.", "."],
    ["a sequence inside another", "\x1b\x1b[0m[2J.", "[2J."],
    ["a line that is written over", "harmless\rowned\b\b.", "harmlessowned."],
    ["a bell, a null and a delete", "\x07\0\x7f.", "."],
    ["C1 alone", "\x85\x80\x9f.", "."],
    ["overrides of direction", "\u202egnp.exe\u202c \u2066a\u2069.", "gnp.exe a."],
  ])("%s", (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it("tabs, newlines and everything that is written stay", () => {
    const text = "a\tb\nc\r\nZoë, 日本語, مرحبا, 👩‍🚀 [2J ]0; \u00a0\n";
    expect(plainText(text)).toBe(text.replace("\r", ""));
  });

  it("of any text no control character is left", () => {
    const random = createRandom(1);
    const parts = [
      "\x1b",
      "[",
      "]",
      "\x9b",
      "\x9d",
      "\x9c",
      "\x07",
      "\\",
      "0",
      ";",
      "m",
      " ",
      "P",
      "\r",
      "é",
    ];
    for (let round = 0; round < 5_000; round += 1) {
      const text = Array.from({ length: 12 }, () => random.pick(parts)).join("");
      expect(plainText(text)).not.toMatch(/[^\P{Cc}\t\n]/u);
    }
  });

  it("takes a time that grows with the length alone", () => {
    for (const part of ["\x1b]", "\x9d", "\x1b[1", "\x9b1;", "\x1b ", "\x1bP\x9d"]) {
      const startedAt = performance.now();
      plainText(part.repeat(100_000));
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    }
  });
});

it("a text of others stays within its line", () => {
  expect(plainLine("done\n\tagentrun-graph exec: \x1b[2Jended")).toBe("done agentrun-graph exec: ended");
});
