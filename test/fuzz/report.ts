import { schema } from "../../src/graphql/schema.js";
import type { Exchange } from "./exchange.js";
import type { SlowStatement } from "./slow-statements.js";
import type { Stall } from "./stalls.js";
import { exchangesDuring } from "./verdict.js";

/** How much of a request is shown, in characters. */
const shown = 1_200;

/** Writes a line to the standard output. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints what must not be, with the request that it came of. */
export function printFault({ fault, transport, request }: Exchange): void {
  printLine(`FAULT over ${transport}: ${fault}\n  ${cut(request)}`);
}

/** Prints how often each code came, the slowest statements and the longest stalls, with what was under way then. */
export function printFigures(
  sent: readonly Exchange[],
  { statements, stalls }: { statements: readonly SlowStatement[]; stalls: readonly Stall[] },
): void {
  printCodes(sent);
  const slowest = sent.toSorted((a, b) => durationOf(b) - durationOf(a))[0];
  if (slowest) printLine(`slowest answer: ${durationOf(slowest)} ms, ${cut(slowest.request, 300)}`);
  for (const { ms, text } of statements.slice(0, 5)) {
    printLine(`statement of ${Math.round(ms)} ms: ${text.replaceAll(/\s+/g, " ").slice(0, 200)}`);
  }
  const withCause = stalls.map((stall) => ({
    words: `${Math.round(stall.wallMs)} ms, of which ${Math.round(stall.cpuMs)} ms were run`,
    wallMs: stall.wallMs,
    during: exchangesDuring(stall, sent),
  }));
  // While nothing is under way memory is measured.
  const own = withCause.filter(({ during }) => during.length > 0);
  printLine(`longest stall by the clock: ${own.toSorted((a, b) => b.wallMs - a.wallMs)[0]?.words ?? "none"}`);
  for (const { words, during } of own.slice(0, 8)) {
    printLine(`stall of ${words}, during`);
    for (const { transport, request } of during) printLine(`    ${transport} ${cut(request, 240)}`);
  }
}

function printCodes(sent: readonly Exchange[]): void {
  const counts = new Map<string, { valid: number; broken: number }>();
  for (const { code, isValid } of sent) {
    const count = counts.get(code) ?? { valid: 0, broken: 0 };
    count[isValid ? "valid" : "broken"] += 1;
    counts.set(code, count);
  }
  printLine(`${"valid".padStart(7)}${"broken".padStart(8)}`);
  for (const [code, { valid, broken }] of [...counts].toSorted((a, b) => b[1].valid - a[1].valid)) {
    printLine(`${String(valid).padStart(7)}${String(broken).padStart(8)}  ${code}`);
  }
  const answered = sent.filter(({ code }) => code === "OK").map(({ request }) => JSON.stringify(request));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
  const never = fields.filter((field) => !answered.some((text) => new RegExp(`\\b${field}\\b`).test(text)));
  printLine(`fields of the roots that were never answered: ${never.join(", ") || "none"}`);
}

function durationOf({ startedAt, endedAt }: Exchange): number {
  return endedAt - startedAt;
}

function cut(request: Exchange["request"], length = shown): string {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}
