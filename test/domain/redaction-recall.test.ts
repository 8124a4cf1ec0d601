import { describe, expect, it } from "vitest";
import { redact, redactText } from "../../src/domain/redaction/redact.js";
import { samples } from "./redaction-samples.js";
import { trapPayloads, trapTexts } from "./redaction-traps.js";

/** Whether a secret, or the last half of it, is left. */
function isLeft(text: string, secret: string): boolean {
  return text.includes(secret) || text.includes(secret.slice(secret.length >> 1));
}

describe("of the secrets in the samples", () => {
  it("98 in a hundred are found", () => {
    expect(samples.length).toBeGreaterThanOrEqual(400);
    const all = samples.flatMap(({ text, secrets }) => {
      const redacted = redactText(text).text;
      return secrets.map((secret) => ({ text, isMissed: isLeft(redacted, secret) }));
    });
    const missed = all.filter(({ isMissed }) => isMissed).map(({ text }) => text);
    expect(missed.slice(0, all.length * 0.02)).toEqual(missed);
  });

  it("nine in ten of each family are found", () => {
    const families = [...new Set(samples.map(({ family }) => family))];
    const poor = families.filter((name) => {
      const members = samples.filter(({ family }) => family === name);
      const missed = members.filter(({ text, secrets }) => {
        const redacted = redactText(text).text;
        return secrets.some((secret) => isLeft(redacted, secret));
      });
      return missed.length > members.length / 10;
    });
    expect(poor).toEqual([]);
  });

  it("none is found in a text that was redacted before", () => {
    const changed = samples.filter(({ text }) => {
      const once = redactText(text).text;
      return redactText(once).text !== once;
    });
    expect(changed).toEqual([]);
  });
});

describe("of the traps", () => {
  it("no text is touched", () => {
    expect(trapTexts.length + trapPayloads.length).toBeGreaterThanOrEqual(300);
    expect(trapTexts.filter((text) => redactText(text).count > 0)).toEqual([]);
  });

  it("no payload is touched", () => {
    expect(trapPayloads.filter((payload) => redact(payload).count > 0)).toEqual([]);
  });
});
