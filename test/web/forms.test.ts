import { describe, expect, it } from "vitest";
import { isEmpty, valueOf, wrongIn } from "../../src/web/request/held.js";
import { type Held, readField } from "../../src/web/request/schema.js";

/** What a form of the schema answers when nothing is filled in but this. */
function answerOf(schema: unknown, filled: Record<string, Held> = {}): unknown {
  const field = readField(schema);
  return valueOf(field, field.kind === "group" ? { ...(field.initial as object), ...filled } : field.initial);
}

const group = (properties: Record<string, unknown>, more: object = {}) => ({
  type: "object",
  properties,
  ...more,
});
const tags = { type: "array", items: { enum: ["x", "y"] } };

describe("a form of a schema", () => {
  const strange = [null, 1, "x", true, [], ["y", 3, null], {}, { a: 1, tags: null }, [[]]];
  const schemas = {
    text: { type: "string" },
    number: { type: "number" },
    flag: { type: "boolean" },
    choice: { enum: ["x", 1, null, { a: 1 }] },
    choices: tags,
    group: group({ a: { type: "string" }, tags, constructor: { type: "string" }, inner: group({ tags }) }),
    json: { anyOf: [{ type: "string" }, { type: "null" }] },
  };
  const held = {
    text: "",
    number: "",
    flag: false,
    choice: "",
    choices: [],
    group: { a: "", tags: [], constructor: "", inner: { tags: [] } },
  };

  it("begins with what has its fields' shape, whatever the default is", () => {
    const fits = new Set(["text x", "number 1", "flag true", "choice 1", 'choice "x"', 'text "x"']);
    for (const [kind, schema] of Object.entries(schemas)) {
      for (const given of strange) {
        const field = readField({ ...schema, default: given });
        expect(field.kind).toBe(kind);
        const what = `${kind} ${JSON.stringify(given)}`;
        if (kind === "json") expect(JSON.parse(field.initial as string)).toEqual(given);
        else if (kind === "choices")
          expect(field.initial).toEqual(Array.isArray(given) && given[0] === "y" ? [1] : []);
        else if (!fits.has(what)) expect(field.initial).toEqual(held[kind as keyof typeof held]);
      }
    }
  });

  it("begins with a default that fits, of a field or of what it stands in", () => {
    const inner = { type: "integer", default: 2 };
    const schema = group({ n: inner, m: inner, tags, ring: { enum: ["x", { a: 1 }] } });
    expect(answerOf({ ...schema, default: { n: 5, tags: ["y"], ring: { a: 1 } } })).toEqual({
      n: 5,
      m: 2,
      tags: ["y"],
      ring: { a: 1 },
    });
  });

  it("is made of any schema", () => {
    for (const schema of [null, true, [], "x", { type: 3 }, { enum: [] }, { type: "object", properties: [] }])
      expect(readField(schema).kind).toBe("json");
    const odd = {
      type: "object",
      properties: { a: null, b: true, c: { title: 3, enum: "x" } },
      required: "a",
    };
    expect(answerOf(odd)).toEqual({});
  });

  it("leaves out what may be missing and was not filled in", () => {
    const schema = group({
      name: { type: "string" },
      flag: { type: "boolean" },
      tags: { ...tags, minItems: 1 },
      extra: group({ n: { type: "integer" }, sure: { type: "boolean" } }, { required: ["n", "sure"] }),
    });
    expect(answerOf(schema)).toEqual({});
    expect(answerOf(schema, { flag: true, tags: [1], extra: { n: "3", sure: false } })).toEqual({
      flag: true,
      tags: ["y"],
      extra: { n: 3, sure: false },
    });
    expect(answerOf({ ...schema, required: ["flag", "tags"] })).toEqual({ flag: false, tags: [] });
  });

  it("answers with what was taken away from a default", () => {
    const schema = group({ flag: { type: "boolean", default: true }, tags: { ...tags, default: ["x"] } });
    expect(answerOf(schema)).toEqual({ flag: true, tags: ["x"] });
    expect(answerOf(schema, { flag: false, tags: [] })).toEqual({ flag: false, tags: [] });
    expect(answerOf({ ...schema, default: { flag: true } }, { flag: false })).toMatchObject({ flag: false });
  });

  it("has an option for each value, and none for an answer that is none", () => {
    const schema = group({ word: { enum: ["", "a", null] } });
    expect(answerOf(schema)).toEqual({});
    expect(answerOf(schema, { word: "0" })).toEqual({ word: "" });
    expect(answerOf(schema, { word: "2" })).toEqual({ word: null });
    expect(readField({ enum: [null, "a"], default: "a" })).toMatchObject({
      options: [{ value: "a" }],
      initial: "0",
    });
    expect(readField({ enum: [null] }).kind).toBe("json");
    expect(readField({ type: "boolean", const: true })).toMatchObject({ options: [{ value: true }] });
  });

  it("says what is wrong as the schema counts it", () => {
    const wrong = (schema: unknown, held: Held, isRequired = true) =>
      wrongIn(readField(schema), held, isRequired);
    const whole = { type: "integer", minimum: 0.5 };
    expect(wrong(whole, "1")).toBe("");
    expect(wrong(whole, "1.5")).toMatch(/whole/);
    const short = { type: "string", minLength: 2, maxLength: 3 };
    expect(wrong(short, "😀😀😀")).toBe("");
    expect(wrong(short, "😀")).toMatch(/at least 2/);
    expect(wrong(short, "abcd")).toMatch(/at most 3/);
    const some = { ...tags, minItems: 1, maxItems: 1 };
    expect(wrong(some, [])).toMatch(/at least 1/);
    expect(wrong(some, [], false)).toBe("");
    expect(wrong(some, [0, 1], false)).toMatch(/at most 1/);
    const extra = readField(group({ n: whole, sure: { type: "boolean" } }));
    expect(isEmpty(extra, extra.initial)).toBe(true);
    expect(isEmpty(extra, { n: "1", sure: false })).toBe(false);
  });
});
