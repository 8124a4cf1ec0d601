import { expect, it } from "vitest";
import { GraphRequestError } from "../../src/client/graph-request-error.js";
import { Failures } from "../../src/client/retry.js";

const fault = new GraphRequestError("fault", { code: "INTERNAL_SERVER_ERROR", retryable: false });
const away = new GraphRequestError("away", { code: "UNREACHABLE", retryable: true });
const refused = new GraphRequestError("refused", { code: "FORBIDDEN", retryable: false });

// F4
it("what may pass is tried again however often, and what may not never is", () => {
  const failures = new Failures();
  for (let count = 0; count < 100; count += 1) expect(failures.add(away)).toBeGreaterThan(0);
  expect(failures.add(refused)).toBeUndefined();
});

// F5
it("a fault of the service is tried again five times until a success, whatever else failed before or between", () => {
  const failures = new Failures();
  for (let success = 0; success < 2; success += 1) {
    for (let count = 0; count < 5; count += 1) {
      expect(failures.add(away)).toBeGreaterThan(0);
      expect(failures.add(fault)).toBeGreaterThan(0);
    }
    expect(failures.add(fault)).toBeUndefined();
    failures.clear();
  }
});
