import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/domain/json-value.js";
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

/** The words of a command as a program is given them; undefined for a text that a shell would make more of. */
function wordsOf(text: string): string[] | undefined {
  if (/[\n|;<>&`$\\()]/.test(text) || text.startsWith("+")) return undefined;
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.length < 2 ? undefined : words.map((word) => word.replace(/["']/g, ""));
}

describe("of the commands in the samples", () => {
  const commands = samples.flatMap(({ family, text, secrets }) => {
    const words = family === "command" && !text.startsWith("ConvertTo") ? wordsOf(text) : undefined;
    const isFound = !secrets.some((secret) => isLeft(redactText(text).text, secret));
    return words !== undefined && isFound ? [{ words, secrets }] : [];
  });
  const missedIn = (payloadOf: (words: string[]) => JsonValue) =>
    commands.filter(({ words, secrets }) => {
      const redacted = JSON.stringify(redact(payloadOf(words)).value);
      return secrets.some((secret) => isLeft(redacted, secret));
    });

  it("all are found in a list of their words", () => {
    expect(commands.length).toBeGreaterThanOrEqual(100);
    expect(missedIn((words) => ({ argv: words }))).toEqual([]);
    expect(missedIn((words) => ({ input: { command: ["sh", "-c", words.join(" ")] } }))).toEqual([]);
  });

  it("all are found in a program and a list of its arguments", () => {
    expect(missedIn(([command = "", ...args]) => ({ command, args }))).toEqual([]);
    expect(missedIn(([program = "", ...args]) => ({ command: [program], args }))).toEqual([]);
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
