import type { Random } from "../support/random.js";
import { jsonOf, oddNumbers, textOf } from "./texts.js";

/** An event that is taken, unless a text of it is not. */
export function eventOf(random: Random): { type: string; payload: unknown } {
  return random.pick([
    { type: "ASSISTANT_MESSAGE", payload: { text: textOf(random), more: jsonOf(random) } },
    { type: "USER_MESSAGE", payload: { text: textOf(random) } },
    { type: "TOOL_CALL", payload: { name: textOf(random), input: jsonOf(random) } },
    { type: "COMMAND_OUTPUT", payload: { stream: "stdout", text: textOf(random), exitCode: 0 } },
    { type: "DIFF", payload: { diff: textOf(random), path: textOf(random) } },
    { type: "ERROR", payload: { message: textOf(random) } },
    { type: "INPUT_REQUEST", payload: { kind: "question", prompt: textOf(random), options: ["a"] } },
    { type: "BACKEND_STATUS", payload: { phase: textOf(random), facts: jsonOf(random) } },
  ]);
}

/** What an event, a command or a run might hold, right or wrong. */
export function payloadOf(random: Random): unknown {
  const [text, other] = [textOf(random), textOf(random)];
  return random.pick<unknown>([
    {},
    { text },
    { prompt: text, title: other },
    { kind: random.pick(["question", "approval", "other"]), prompt: text, options: ["a", other] },
    { name: text, input: jsonOf(random, 2), output: jsonOf(random, 2), status: "completed" },
    { diff: text, path: other },
    { stream: random.pick(["stdout", "stderr", "x"]), text, exitCode: random.pick(oddNumbers) },
    { phase: text, terminalStatus: random.pick(["completed", "failed", "x"]), message: other },
    { message: text, failureKind: random.pick(["cancelled", "infra-failed", 1]), willRetry: true },
    { repoUrl: text, commitId: other, sparsePaths: [text], lfs: true },
  ]);
}
