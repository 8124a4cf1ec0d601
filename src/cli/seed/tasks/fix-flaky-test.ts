import type { RunEventInput } from "../../../generated/documents/graphql.js";
import { call, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const flakes = [
  { test: "expires a lease on time", cause: "it sleeps 50 ms and hopes", cure: "await clock.advance(50);" },
  {
    test: "delivers in order to ten readers",
    cause: "it asserts before the last reader is attached",
    cure: "await allAttached;",
  },
  {
    test: "shuts down within a second",
    cause: "two tests use port 8080",
    cure: "const { port } = await listen(0);",
  },
] as const;

/** A test that fails now and then is made to hold. */
export const fixFlakyTest: Task = (random) => {
  const { test, cause, cure } = random.pick(flakes);
  const failed = random.whole(3, 19);
  return {
    slug: "fix-flaky-test",
    title: `Flaky: "${test}"`,
    projectId: "data-platform",
    prompt: random.pick([
      `CI is flaky: "${test}" fails about ${failed} times in 200. Make it hold without making it slower.`,
      `"${test}" was rerun ${failed} times this week. Please find the race instead of adding a retry.`,
      `Third red build today because of "${test}". Can you look into it?`,
    ]),
    look: [
      say("A flake is only understood once it can be made to happen. I run it until it fails."),
      call("run", { command: `npm test -- -t "${test}" --repeat 200` }, { exitCode: 1 }),
      printTruncated(test, failed, random.whole(90_000, 400_000)),
      printError([`${failed} of 200 failed`], 1),
      call("search", { pattern: "setTimeout|8080", path: "test" }, { matches: random.whole(2, 7) }),
      say(`Found: ${cause}. On a busy machine that is not always true.`),
    ],
    change: [
      change("test/leases.test.ts", 77, [
        ` it("${test}", async () => {`,
        `-  await new Promise((resolve) => setTimeout(resolve, 50));`,
        `+  ${cure}`,
        `   expect(await states()).toEqual(["done"]);`,
      ]),
    ],
    check: [
      call("run", { command: `npm test -- -t "${test}" --repeat 1000` }, { exitCode: 0 }),
      print([`1000 of 1000 passed in ${random.whole(21, 58)} s`], 0),
    ],
    report: `"${test}" failed ${failed} times in 200 because ${cause}. Now it passes 1000 times of 1000, and is faster than before.`,
    question: {
      prompt: "Two other tests wait the same way. Should I change them in this branch?",
      options: ["yes", "no, another branch"],
      answer: "Yes, while you are there.",
    },
    approval: "I would like to run the whole suite 20 times, about 40 minutes of CI. May I?",
    trouble: { kind: "BACKEND_TIMEOUT", message: "the test run did not end within 900 s" },
    obstacle: "It only fails on the ARM runners, and this agent has none.",
    steer: "It started with the change to the scheduler on Tuesday, perhaps that helps.",
    next: {
      prompt: "Can a linter keep this from coming back?",
      events: [
        change(".oxlintrc.json", 9, [
          ` "rules": {`,
          `+  "no-restricted-globals": ["error", "setTimeout"],`,
          `   "eqeqeq": "error",`,
        ]),
      ],
      report: "Yes: setTimeout is now refused in test files, with a message that names the clock to use.",
    },
  };
};

/** A long log of which only the end was kept. */
function printTruncated(test: string, failed: number, outputBytes: number): RunEventInput {
  const event = print([`...`, ` ✗ ${test} (run 197)`, ` ✓ ${test} (run 198)`, `failed so far: ${failed}`]);
  return { ...event, payload: { ...(event.payload as object), truncated: true, outputBytes } };
}
