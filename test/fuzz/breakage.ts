import type { Random } from "../support/random.js";
import type { FuzzRequest } from "./document.js";
import { oddTexts } from "./texts.js";

/** A request that is broken somewhere, as an object or as the text of its JSON. */
export type BrokenRequest = Record<string, unknown> | string;

/** Breaks a request in one to three places: in its document, its variables, its other parts, or the JSON that it is sent as. */
export function breakRequest(request: FuzzRequest, random: Random): BrokenRequest {
  const { kind: _kind, ...sent } = request;
  const broken: Record<string, unknown> = { ...sent };
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const way = random.below(10);
    const { query, variables } = broken;
    if (way < 5 && typeof query === "string") broken["query"] = breakText(query, random);
    else if (way < 9) broken["variables"] = breakVariables(variables, random);
    else Object.assign(broken, breakParts(random));
  }
  return random.chance(0.2) ? breakJson(JSON.stringify(broken), random) : broken;
}

const nests = ["{", "[", "(", "{a:", "[{a:", "{a{", "...{", '"', '"""', "a(a:["];

function breakText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.below(20));
  const [start, middle, end] = [text.slice(0, at), text.slice(at, to), text.slice(to)];
  const ways: (() => string)[] = [
    () => start + end,
    () => start + middle + middle + end,
    () => start,
    () => start + middle.toUpperCase() + end,
    () => start + random.pick(nests).repeat(random.pick([1, 5, 40, 101, 400, 3_000])) + end,
    () => start + random.pick(oddTexts) + middle + end,
    () => start + "\uFEFF\u00A0" + middle + end,
    () => text.replace(/\b\w+(?=\()/, "unknownField"),
    () => text.replace(/\b(id|first|input|filter|by)\b/, "nothing"),
    () => text.replace(/:\s*(\$\w+|"[^"]*"|\w+)/, `: ${random.pick(wrongLiterals)}`),
    () => text.replaceAll(/\$v(\d)/g, (_all, digit) => `$v${(Number(digit) + random.below(3)) % 10}`),
    () => text.replace("{", `{ ${"__typename ".repeat(random.pick([21, 500, 5_000]))}`),
    () => text.replace("{", `{ ${"x: __typename @skip(if: true) ".repeat(random.pick([30, 300]))}`),
    () => `${text} ${text}`,
    () => `${text} fragment F on Query { ...F }`,
    () => `${text} #${"c".repeat(random.pick([10, 70_000]))}`,
    () => text.replace(/\w{5,}/, (word) => word.repeat(random.pick([20, 2_000]))),
  ];
  return random.pick(ways)();
}

const wrongLiterals = [
  "null",
  "1e400",
  "99999999999999999999",
  "-0.5",
  "true",
  "NOTHING",
  '""',
  '"\\u0000"',
  '"\\ud83e\\udd8a"',
  '"""block"""',
  "[]",
  "[[[]]]",
  "{}",
  "{__proto__: {a: 1}}",
  "$nowhere",
];

/** What stands in the place of a value: too large ones seldom, since each is megabytes. */
function wrongValue(random: Random): unknown {
  if (random.chance(0.02)) return "z".repeat(random.pick([100_000, 1_000_000, 3_500_000]));
  if (random.chance(0.02)) return Array.from({ length: random.pick([1_000, 1_000_000]) }, () => 7);
  if (random.chance(0.02)) {
    const keys = Array.from({ length: random.pick([1_000, 50_000]) }, (_, index) => [`key${index}`, index]);
    return Object.fromEntries(keys) as unknown;
  }
  return random.pick<unknown>([
    null,
    true,
    0,
    -1,
    1.5,
    1e21,
    "",
    "x",
    [],
    [[]],
    [null],
    {},
    { id: {} },
    { id: "x", sessionId: "y" },
    JSON.parse('{"__proto__":{"a":1}}'),
    random.pick(oddTexts),
  ]);
}

function breakVariables(given: unknown, random: Random): unknown {
  if (random.chance(0.08)) return wrongValue(random);
  if (typeof given !== "object" || given === null) return given;
  const copy = (Array.isArray(given) ? [...(given as unknown[])] : { ...given }) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys.length > 0 ? random.pick(keys) : "v0";
  const child = copy[key];
  if (typeof child === "object" && child !== null && random.chance(0.7))
    copy[key] = breakVariables(child, random);
  else if (random.chance(0.15)) delete copy[key];
  else if (random.chance(0.2))
    copy[random.pick(["more", "__proto__x", "constructor", "0"])] = wrongValue(random);
  else copy[key] = wrongValue(random);
  return copy;
}

function breakParts(random: Random): Record<string, unknown> {
  const part = random.pick(["operationName", "extensions", "query", "documentId", "other", "variables"]);
  return { [part]: wrongValue(random) };
}

/** Breaks the text of a body. What it is afterwards may even be right. */
function breakJson(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.below(12));
  const levels = random.pick([50, 101, 2_000, 20_000]);
  const ways: (() => string)[] = [
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, to) + text.slice(at),
    () => text.slice(0, at),
    () => `${text.slice(0, at)}${"[".repeat(levels)}${text.slice(at)}`,
    () => `[${text}]`,
    () => `[${`${text},`.repeat(3)}${text}]`,
    () => text.replace('"variables":{', `"variables":{"deep":${"[".repeat(levels)}${"]".repeat(levels)},`),
    () =>
      text.replace('"variables":{', `"variables":{"deep":${'{"a":'.repeat(levels)}1${"}".repeat(levels)},`),
    () => text.replace(/:\s*\d+/, ":123456789012345678901234567890"),
    () => text.replace(/:\s*\d+/, ":1e400"),
    () => text.replace("{", '{"query":"{ viewer { tenantId } }",'),
    () => `${text}${text}`,
    () => random.pick(["", "null", "1", '"{ viewer { tenantId } }"', "[]", "{}", "\0", "nul"]),
  ];
  return random.pick(ways)();
}
