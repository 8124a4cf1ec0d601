import { serverAudits } from "graphql-http";
import { describe, expect, it } from "vitest";
import { startService, tokenAuth, tokenFor } from "../../support/start-service.js";

/** How many audits the suite of GraphQL over HTTP has: if it gains one, we want to know. */
const audits = 61;

describe("GraphQL over HTTP", () => {
  it.each(["none", "token"] as const)("every audit of the server suite passes, auth: %s", async (auth) => {
    await using service = await startService({ config: auth === "token" ? { auth: tokenAuth } : {} });
    const authorization = auth === "token" ? `Bearer ${await tokenFor("acme")}` : undefined;
    const fetchFn: typeof fetch = (url, init) =>
      fetch(url, {
        ...init,
        headers: {
          ...(init?.headers as Record<string, string>),
          ...(authorization ? { authorization } : {}),
        },
      });
    const results = [];
    for (const audit of serverAudits({ url: service.url, fetchFn })) results.push(await audit.fn());
    const failed = results.filter(({ status }) => status !== "ok");
    expect(
      failed.map(({ id, name, status, ...rest }) => [id, name, status, "reason" in rest && rest.reason]),
    ).toEqual([]);
    expect(results).toHaveLength(audits);
  });
});
