import { expect, test } from "vitest";
import {
  type Scope,
  type Viewer,
  grantScopes,
  localViewer,
  mayDo,
  requireScope,
} from "../../src/auth/viewer.js";

function viewerWith(...words: string[]): Viewer {
  return { tenantId: "acme", readerId: null, callerId: null, scopes: grantScopes(words), expiresAt: null };
}

test.each<[string[], Scope[]]>([
  [[], []],
  [["reader"], ["reader"]],
  [["runner"], ["runner"]],
  [
    ["runner", "reader", "runner"],
    ["reader", "runner"],
  ],
  [["operator"], ["reader", "runner", "operator"]],
  [["admin", "Reader", "openid", "constructor", "__proto__", ""], []],
])("the words %j grant %j", (words, granted) => {
  expect([...grantScopes(words)]).toEqual(granted);
});

test("a runner may not read, and a reader may not run", () => {
  expect(mayDo(viewerWith("runner"), "reader")).toBe(false);
  expect(mayDo(viewerWith("reader"), "runner")).toBe(false);
  expect(mayDo(viewerWith("operator"), "runner")).toBe(true);
});

test("a missing scope is FORBIDDEN and named", () => {
  expect(() => requireScope(viewerWith("reader"), "runner")).toThrow(
    expect.objectContaining({
      code: "FORBIDDEN",
      httpStatus: 403,
      message: 'this needs the scope "runner"',
      details: { scope: "runner" },
    }),
  );
  expect(() => requireScope(viewerWith("operator"), "runner")).not.toThrow();
});

test("the local viewer is one tenant, one reader, and may do everything for ever", () => {
  expect(localViewer).toEqual({
    tenantId: "local",
    readerId: "local",
    callerId: null,
    scopes: new Set(["reader", "runner", "operator"]),
    expiresAt: null,
  });
});
