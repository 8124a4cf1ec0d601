import type { FailureKind, RunEventInput } from "../../generated/documents/graphql.js";

/** What a tool does. Each backend profile has a name of its own for it. */
export type Tool = "read" | "search" | "run" | "edit" | "fetch";

/** The agent says something. */
export function say(text: string): RunEventInput {
  return { type: "ASSISTANT_MESSAGE", payload: { text } };
}

/** A person says something to the agent. */
export function hear(text: string): RunEventInput {
  return { type: "USER_MESSAGE", payload: { text } };
}

/** The agent thinks. */
export function think(text: string): RunEventInput {
  return { type: "REASONING", payload: { text } };
}

/** The agent tells its plan, of which so many steps are done; it works on the next. */
export function plan(steps: readonly string[], done: number): RunEventInput {
  const statusOf = (index: number) =>
    index < done ? "completed" : index === done ? "in-progress" : "pending";
  const entries = steps.map((text, index) => ({ text, status: statusOf(index) }));
  return { type: "PLAN", payload: { entries } };
}

/** A model was used. */
export function use(model: string, used: Record<string, number>): RunEventInput {
  return { type: "USAGE", payload: { model, ...used } };
}

/** The agent calls a tool. `voice` then gives the call the name that its profile uses, an id and a duration. */
export function call(tool: Tool, input: Record<string, unknown>, output: unknown): RunEventInput {
  return { type: "TOOL_CALL", payload: { name: tool, input, output } };
}

/** The agent calls a tool, and the call fails. */
export function callInVain(tool: Tool, input: Record<string, unknown>, output: unknown): RunEventInput {
  return { type: "TOOL_CALL", payload: { name: tool, input, output, status: "failed" } };
}

/** A process prints lines. The exit code comes with the last of them. */
export function print(lines: readonly string[], exitCode?: number): RunEventInput {
  return { type: "COMMAND_OUTPUT", payload: { stream: "stdout", text: `${lines.join("\n")}\n`, exitCode } };
}

/** A process prints lines to its standard error. */
export function printError(lines: readonly string[], exitCode?: number): RunEventInput {
  return { type: "COMMAND_OUTPUT", payload: { stream: "stderr", text: `${lines.join("\n")}\n`, exitCode } };
}

/**
 * A file changes. The event holds a unified diff with one hunk that begins at `line`. `body` holds the hunk's lines,
 * each with its " ", "-" or "+" in front.
 */
export function change(path: string, line: number, body: readonly string[]): RunEventInput {
  const before = body.filter((text) => !text.startsWith("+")).length;
  const after = body.filter((text) => !text.startsWith("-")).length;
  const head = [`--- a/${path}`, `+++ b/${path}`, `@@ -${line},${before} +${line},${after} @@`];
  return { type: "DIFF", payload: { path, diff: `${[...head, ...body].join("\n")}\n` } };
}

/** A file is made. The event holds it as a unified diff. */
export function create(path: string, lines: readonly string[]): RunEventInput {
  const head = [`--- /dev/null`, `+++ b/${path}`, `@@ -0,0 +1,${lines.length} @@`];
  return {
    type: "DIFF",
    payload: { path, diff: `${[...head, ...lines.map((text) => `+${text}`)].join("\n")}\n` },
  };
}

/** Something goes wrong in the backend. */
export function fail(failureKind: FailureKind, message: string, willRetry: boolean): RunEventInput {
  return { type: "ERROR", payload: { failureKind, message, willRetry } };
}

/** The agent asks for an answer: one of these, or in words. Each is called by its first letter in the list: a, b, and so on. */
export function ask(prompt: string, labels: readonly string[]): RunEventInput {
  const choices = labels.map((label, index) => ({ id: String.fromCodePoint(97 + index), label }));
  return { type: "INPUT_REQUEST", payload: { kind: "question", prompt, choices } };
}

const leave = [
  { id: "approve", label: "Approve", decision: "approved" },
  { id: "decline", label: "Decline", decision: "denied" },
];

/** The agent asks for permission to go on. */
export function askLeave(prompt: string): RunEventInput {
  return { type: "INPUT_REQUEST", payload: { kind: "approval", prompt, choices: leave } };
}

/** The backend enters a phase of its own. */
export function enter(phase: string, facts: Record<string, unknown> = {}): RunEventInput {
  return { type: "BACKEND_STATUS", payload: { phase, ...facts } };
}
