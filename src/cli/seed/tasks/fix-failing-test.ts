import { call, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const cases = [
  {
    name: "rounds a discount half up",
    file: "discount",
    function: "applyDiscount",
    got: "1049",
    want: "1050",
  },
  {
    name: "adds shipping once per parcel",
    file: "shipping",
    function: "shippingOf",
    got: "1180",
    want: "590",
  },
  { name: "keeps tax out of gift cards", file: "tax", function: "taxOf", got: "380", want: "0" },
] as const;

const roundingOnce = (subject: string) => [
  ` export function ${subject}(lines: readonly Line[], rate: number): number {`,
  `-  return lines.reduce((sum, line) => sum + Math.round(line.cents * rate), 0);`,
  `+  const exact = lines.reduce((sum, line) => sum + line.cents * rate, 0);`,
  `+  return Math.sign(exact) * Math.round(Math.abs(exact));`,
  ` }`,
];

const refundTest = (subject: string) => [
  ` });`,
  `+`,
  `+it("rounds a refund away from zero", () => {`,
  `+  expect(${subject}([{ cents: -105 }], 0.5)).toBe(-53);`,
  `+});`,
];

/** A test is red and must be green. */
export const fixFailingTest: Task = (random) => {
  const { name, file, function: subject, got, want } = random.pick(cases);
  const testFile = `test/pricing/${file}.test.ts`;
  const passed = random.whole(180, 420);
  return {
    slug: "fix-failing-test",
    title: `Fix "${name}"`,
    projectId: "checkout-service",
    prompt: random.pick([
      `The test "${name}" fails on main since this morning. Find out why and fix the cause, not the test.`,
      `main is red: ${testFile}. Please make it green, and tell me what broke it.`,
      `Can you look at ${testFile}? "${name}" expects ${want} and gets ${got}.`,
    ]),
    look: [
      say(`I start with the failing test alone, so that I see what it expects before I read the code.`),
      call("run", { command: `npm test -- ${testFile}` }, { exitCode: 1 }),
      print([` RUN  ${testFile}`, ` ✗ ${file} > ${name}`, ` ✓ ${file} > refuses a negative amount`]),
      printError([`AssertionError: expected ${got} to be ${want}`, `    at ${testFile}:41:24`], 1),
      call("read", { path: `src/pricing/${file}.ts` }, { lines: random.whole(48, 130) }),
      call("search", { pattern: `${subject}\\(`, path: "src" }, { matches: random.whole(3, 9) }),
      say(
        `${subject} works on floating-point euros and rounds at the end of every line. With several lines the error adds up: that is the difference between ${got} and ${want}.`,
      ),
    ],
    change: [
      say(`I keep cents as whole numbers until the total is known, and round once.`),
      call("edit", { path: `src/pricing/${file}.ts` }, { changedLines: 4 }),
      change(`src/pricing/${file}.ts`, 22, roundingOnce(subject)),
    ],
    check: [
      call("run", { command: "npm test" }, { exitCode: 0 }),
      print(
        [
          ` ✓ ${testFile} (6 tests) 38ms`,
          ` Test Files  41 passed (41)`,
          `      Tests  ${passed} passed (${passed})`,
        ],
        0,
      ),
    ],
    report: `"${name}" passes again, and so do all ${passed} tests. The cause was rounding on every line in ${subject}; it now rounds once. I did not touch the test.`,
    question: {
      prompt:
        "Orders that are already stored were rounded the old way. Should their totals stay as they are?",
      options: ["leave them", "recalculate open orders", "recalculate all"],
      answer: "Leave them. Finance has booked those.",
    },
    approval: "I would like to change two snapshot files that hold the wrong totals. May I?",
    trouble: {
      kind: "PROVIDER_STREAM_DISCONNECTED",
      message: "the model's stream ended in the middle of a reply",
    },
    obstacle: "The fixture test/fixtures/orders.json is encrypted, and this workspace has no key for it.",
    steer: "Mind that refunds are negative: half a cent must round away from zero there too.",
    next: {
      prompt: "Add a test for refunds as well.",
      events: [change(testFile, 58, refundTest(subject)), print([` ✓ ${testFile} (7 tests) 40ms`], 0)],
      report: "Done: one test for refunds, green.",
    },
  };
};
