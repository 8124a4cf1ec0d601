import { expect, it } from "vitest";
import { backoffSeconds } from "../../src/domain/queue/task.js";

it.each([
  [1, 1],
  [2, 2],
  [3, 4],
  [9, 256],
  [10, 300],
  [100, 300],
])("after expired attempt %d a task waits %d s", (expired, seconds) => {
  expect(backoffSeconds(expired)).toBe(seconds);
});
