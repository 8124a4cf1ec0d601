import { expect, it } from "vitest";
import { createLog } from "../../src/server/log.js";

it("a line says what others wrote without anything that a terminal obeys", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const hostile = "\x1b]0;owned\x07\x9b2J\x7f\u202eé";
  log.error({ err: new Error(hostile) }, hostile);
  expect(lines.join("")).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: hostile, err: { message: hostile } });
});
