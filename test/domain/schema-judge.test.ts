import { describe, expect, it } from "vitest";
import { unfoldSchema } from "../../src/domain/answer-schema.js";
import type { JsonValue } from "../../src/domain/json-value.js";
import { satisfies } from "../../src/domain/schema-judge.js";

const fits = (schema: JsonValue, value: JsonValue) =>
  satisfies(unfoldSchema(schema, "schema"), value, "value");
const many = <Item>(count: number, make: (n: number) => Item) =>
  Array.from({ length: count }, (_, n) => make(n));
const parsed = (text: string): JsonValue => JSON.parse(text);

describe("a schema is satisfied by some values and not by others:", () => {
  it.each<[schema: JsonValue, good: JsonValue[], bad: JsonValue[]]>([
    [true, [null], []],
    [false, [], [null, 1]],
    [{ type: "integer" }, [1, -2, 1e300], [1.5, "1", null]],
    [{ type: ["null", "object"] }, [null, {}], [[], 1]],
    [{ enum: [1, { a: 1, b: 2 }, [1]] }, [1, { b: 2, a: 1 }, [1]], ["1", { a: 1 }, [2]]],
    [{ const: null }, [null], [0, ""]],
    [{ multipleOf: 0.1 }, [0.3, 1, 1e21, "x"], [0.25, 1e-7]],
    [{ minimum: 1, exclusiveMaximum: 3 }, [1, 2.9], [0, 3]],
    [{ maximum: 1, exclusiveMinimum: 0 }, [1, 0.1], [0, 2]],
    [{ minLength: 2, maxLength: 3 }, ["ab", "😀😀", "😀😀😀", 5], ["a", "😀", "abcd"]],
    [{ minItems: 1, maxItems: 2, items: { type: "number" } }, [[1], [1, 2]], [[], ["a"], [1, 2, 3]]],
    [{ prefixItems: [{ const: 1 }], items: { const: 2 } }, [[1, 2, 2], []], [[2], [1, 1]]],
    [
      { uniqueItems: true },
      [[1, "1", [1], { a: 1 }]],
      [
        [1, 1],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      ],
    ],
    [
      { contains: { const: 1 } },
      [
        [1, 2],
        [1, 1],
      ],
      [[], [2]],
    ],
    [{ contains: { const: 1 }, minContains: 0, maxContains: 1 }, [[], [1]], [[1, 1]]],
    [{ properties: { a: { const: 1 } }, additionalProperties: false }, [{}, { a: 1 }], [{ a: 2 }, { b: 1 }]],
    [{ required: ["a"], minProperties: 2, maxProperties: 3 }, [{ a: 1, b: 1 }], [{ a: 1 }, { b: 1, c: 1 }]],
    [{ propertyNames: { maxLength: 1 } }, [{ a: 1 }], [{ ab: 1 }]],
    [{ dependentRequired: { a: ["b"] } }, [{ b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
    [{ dependentSchemas: { a: { maxProperties: 1 } } }, [{ a: 1 }, { b: 1, c: 1 }], [{ a: 1, b: 1 }]],
    [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
    [{ anyOf: [{ const: 1 }, { const: 2 }] }, [1, 2], [3]],
    [{ oneOf: [{ minimum: 1 }, { maximum: 2 }] }, [0, 3], [1, 2]],
    [{ not: { const: 1 } }, [2], [1]],
    [parsed('{ "if": { "const": 1 }, "then": false, "else": { "const": 2 } }'), [2], [1, 3]],
    [{ $ref: "#/$defs/n", $defs: { n: { $anchor: "n", minimum: 1 } }, maximum: 2 }, [1], [0, 3]],
  ])("%j", (schema, good, bad) => {
    expect(good.filter((value) => !fits(schema, value))).toEqual([]);
    expect(bad.filter((value) => fits(schema, value))).toEqual([]);
  });

  it.each<[schema: JsonValue, good: JsonValue[], bad: JsonValue[]]>([
    [{ type: "string", constructor: 1, toString: {}, valueOf: "x" }, ["a"], [1]],
    [parsed('{ "__proto__": { "pattern": "^b$", "type": "string" }, "type": "string" }'), ["a", "b"], [1]],
    [{ properties: { constructor: { type: "number" } } }, [{}, { constructor: 1 }], [{ constructor: "x" }]],
    [{ required: ["toString"] }, [{ toString: 1 }], [{}]],
    [
      parsed('{ "properties": { "__proto__": { "type": "number" } } }'),
      [{}, parsed('{ "__proto__": 1 }')],
      [parsed('{ "__proto__": "x" }')],
    ],
    [{ dependentRequired: { valueOf: ["a"] } }, [{}], [{ valueOf: 1 }]],
  ])("%j, whose names objects have by themselves", (schema, good, bad) => {
    expect(good.filter((value) => !fits(schema, value))).toEqual([]);
    expect(bad.filter((value) => fits(schema, value))).toEqual([]);
  });

  it.each<[JsonValue]>([
    [{ pattern: "^(a+)+$" }],
    [{ dependencies: { a: { properties: { a: { pattern: "^x$" } } } } }],
    [{ dependencies: { a: null } }],
    [{ "x-note": { $id: "::", $ref: 5 } }],
    [{ items: { unevaluatedProperties: false } }],
  ])("%j, of which nothing is judged", (schema) => {
    expect(fits(schema, { a: "b" })).toBe(true);
    expect(fits(schema, [{ a: "b" }])).toBe(true);
  });
});

describe("what takes too long to judge is refused soon, and names the value:", () => {
  it.each<[string, schema: JsonValue, value: JsonValue]>([
    ["many subschemas of many items", { items: { allOf: many(900, () => true) } }, many(8_000, () => 1)],
    ["many that search", { allOf: many(300, () => ({ contains: { const: 5 } })) }, many(8_000, () => 5)],
    ["lists of different items", { allOf: many(700, () => ({ uniqueItems: true })) }, many(3_200, (n) => n)],
    ["constants", { items: { enum: many(1_300, (n) => ({ n })) } }, many(1_400, () => ({ n: 1_299 }))],
    ["names", { items: { propertyNames: { allOf: many(200, () => ({})) } } }, many(1_200, () => ({ a: 1 }))],
    [
      "numbers far apart",
      { items: { allOf: many(600, () => ({ multipleOf: 5e-324 })) } },
      many(900, () => 1e300),
    ],
  ])("%s", (_what, schema, value) => {
    const before = process.cpuUsage().user;
    expect(() => fits(schema, value)).toThrow(/^value must be smaller/);
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000);
  });

  it("a large value by a schema that says a lot is not", () => {
    const row = {
      type: "object",
      required: ["id", "name"],
      properties: { id: { type: "integer" }, name: { maxLength: 20 } },
    };
    const rows = many(400, (id) => ({ id, name: `row ${id}` }));
    expect(fits({ type: "array", uniqueItems: true, items: row }, rows)).toBe(true);
  });
});
