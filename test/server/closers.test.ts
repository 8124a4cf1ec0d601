import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Closers } from "../../src/server/closers.js";

it("closes the last that was opened first, one after another, each once", async () => {
  const closers = new Closers();
  const closed: string[] = [];
  closers.add(() => closed.push("first"));
  closers.add(async () => {
    await setImmediate();
    closed.push("second");
  });
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  expect(closed).toEqual(["second", "first"]);
});

it("closes the others if one fails, and then says what failed first", async () => {
  const closers = new Closers();
  const closed: string[] = [];
  closers.add(() => closed.push("pool"));
  closers.add(() => {
    throw new Error("not said");
  });
  closers.add(() => closed.push("bus"));
  closers.add(() => Promise.reject(new Error("the server hangs")));
  await expect(closers.close()).rejects.toThrow("the server hangs");
  expect(closed).toEqual(["bus", "pool"]);
});
