import type { RunEventInput } from "../generated/documents/graphql.js";
import type { Asks } from "./start-service.js";
import { appendEvents, createCommand, createRun } from "./work.js";

const green = (text: string) => `\u001b[32m${text}\u001b[0m`;
const red = (text: string) => `\u001b[31m${text}\u001b[0m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;

const steps = [
  "Read how carts are priced",
  "Move rounding into one place",
  "Run the tests",
  "Open a pull request",
];

/** What an agent tells that is half way through its work, of every kind that the page shows in a way of its own. */
const told: RunEventInput[] = [
  {
    type: "REASONING",
    payload: { text: "Totals are off by a cent where a voucher meets a tax that is not whole." },
  },
  {
    type: "TOOL_CALL",
    payload: {
      name: "Read",
      toolCallId: "c1",
      title: "src/cart/total.ts",
      durationMs: 18,
      output: "84 lines",
    },
  },
  {
    type: "DIFF",
    payload: {
      path: "src/cart/total.ts",
      diff: [
        "--- a/src/cart/total.ts",
        "+++ b/src/cart/total.ts",
        "@@ -41,5 +41,5 @@",
        " export function totalOf(cart: Cart): Money {",
        "-  const lines = cart.lines.map((line) => round(line.price * line.count));",
        "-  return sum(lines) + round(taxOf(cart));",
        "+  const lines = cart.lines.map((line) => line.price * line.count);",
        "+  return round(sum(lines) + taxOf(cart));",
        " }",
        "",
      ].join("\n"),
    },
  },
  {
    type: "TOOL_CALL",
    payload: {
      name: "Bash",
      toolCallId: "c2",
      title: "npm test -- cart",
      status: "failed",
      durationMs: 4_210,
    },
  },
  {
    type: "COMMAND_OUTPUT",
    payload: {
      stream: "stdout",
      text: [
        ` ${green("✓")} totals ${dim("(14 tests)")}`,
        ` ${red("✗")} vouchers ${dim("(6 tests)")} ${red("1 failed")}`,
        `     ${red("- expected 19.99")}`,
        `     ${green("+ received 20.00")}`,
        "",
      ].join("\n"),
      exitCode: 1,
    },
  },
  {
    type: "ASSISTANT_MESSAGE",
    payload: {
      text: "Rounding once at the end mends the totals. One test of **vouchers** still expects the old sum:\n\n- `vouchers.test.ts:88` rounds each line\n- the invoice shows `20.00`, which is what customers were charged\n\nI would change that test.",
    },
  },
  {
    type: "PLAN",
    payload: {
      entries: steps.map((text, index) => ({
        text,
        status: ["completed", "completed", "in-progress", "pending"][index],
      })),
    },
  },
  {
    type: "USAGE",
    payload: {
      model: "claude-large",
      inputTokens: 48_210,
      cacheReadTokens: 41_000,
      outputTokens: 2_140,
      costUsd: 0.2137,
    },
  },
  {
    type: "INPUT_REQUEST",
    payload: {
      kind: "approval",
      prompt: "May I change the expected sum in `vouchers.test.ts` to 20.00?",
      choices: [
        { id: "yes", label: "Change the test", decision: "approved" },
        { id: "no", label: "Leave it", decision: "denied" },
      ],
    },
  },
];

/** Makes a session that shows nearly all that the page can show, with two sub-agents below it; gives its run. */
export async function createShownSession(asks: Asks): Promise<string> {
  const title = "Totals are off by a cent with vouchers";
  const sessionId = "cart-totals";
  const session = { sessionId, metadata: { title } };
  const projectId = "checkout-service";
  const runId = await createRun(asks, { projectId, backendProfile: "claude", session });
  await createCommand(asks, runId, "TURN", {
    prompt: "Customers report totals that are one cent off. Please find out why, and mend it.",
  });
  for (const name of ["Search for other places that round", "Compare last month's invoices"]) {
    const child = { sessionId: name, parent: { sessionId }, metadata: { title: name } };
    const below = await createRun(asks, { projectId, backendProfile: "claude", session: child });
    await createCommand(asks, below, "TURN", { prompt: name });
  }
  await appendEvents(asks, { runId, events: told });
  return runId;
}
