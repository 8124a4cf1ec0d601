/*
 * Makes a subscription that can be resumed of one that a program wrote: its root field gets a variable as `after`, and its cursor is asked for
 * beside what is selected. Nothing of that shows to the program.
 */
import { type Token, endOf, tokensOf } from "./tokens.js";

/** A subscription that can be resumed. */
export interface ResumableQuery {
  query: string;
  /** The variable to set to the last cursor. */
  variable: string;
  /** Under which name the root field answers. */
  field: string;
  /** Where it was told to begin, in words of its own and not by a variable. */
  begins: string | null;
}

/** The fields that send a cursor with every batch. */
const fields = new Set([
  "runEvents",
  "sessionEvents",
  "runCommands",
  "sessionAttentionChanged",
  "queueTasks",
  "inputRequests",
]);

/** The name by which the cursor is asked for. */
export const cursorAlias = "resumeCursor_";

/** The name of the variable, where the program has none of its own for it. */
const ownVariable = "resumeAfter_";

/** Undefined where the document has no such subscription, or selects its root field in a fragment. */
export function resumableQuery(query: string, operationName?: string | null): ResumableQuery | undefined {
  const tokens = tokensOf(query);
  const operation = subscriptionOf(tokens, operationName);
  if (!operation) return undefined;
  const root = rootOf(tokens, operation.selection + 1);
  if (!root) return undefined;
  const after = root.arguments && argumentOf(tokens, root.arguments, "after");
  const given = after === undefined ? undefined : tokens[after];
  const own = given?.text === "$" ? tokens[(after ?? 0) + 1]?.text : undefined;
  const edits: Edit[] = [insert(tokens[root.selection]?.end ?? 0, ` ${cursorAlias}: cursor `)];
  if (own === undefined) {
    const declaration = `$${ownVariable}: String`;
    edits.push(
      operation.variables === undefined
        ? insert(tokens[operation.selection]?.start ?? 0, `(${declaration}) `)
        : insert(tokens[operation.variables]?.end ?? 0, `${declaration}, `),
    );
    if (after !== undefined && given)
      edits.push({ start: given.start, end: given.end, text: `$${ownVariable}` });
    else if (root.arguments !== undefined)
      edits.push(insert(tokens[root.arguments]?.end ?? 0, `after: $${ownVariable}, `));
    else edits.push(insert(root.name.end, `(after: $${ownVariable})`));
  }
  const begins = own === undefined && given?.text.startsWith('"') ? (JSON.parse(given.text) as string) : null;
  return { query: apply(query, edits), variable: own ?? ownVariable, field: root.key, begins };
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

function insert(at: number, text: string): Edit {
  return { start: at, end: at, text };
}

function apply(query: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), query);
}

/** Where the operation's variables and its selection begin. */
function subscriptionOf(
  tokens: readonly Token[],
  operationName?: string | null,
): { variables: number | undefined; selection: number } | undefined {
  for (let index = 0; index < tokens.length; index += 1) {
    const { text } = tokens[index] ?? {};
    if (text === "{") {
      index = endOf(tokens, index) - 1;
      continue;
    }
    if (text !== "subscription") continue;
    const name = tokens[index + 1]?.text ?? "";
    if (operationName && name !== operationName) continue;
    const selection = tokens.findIndex(
      (token, at) => at > index && token.text === "{" && !isWithin(tokens, index, at),
    );
    const variables = tokens[index + 1]?.text === "(" ? index + 1 : index + 2;
    if (selection < 0) return undefined;
    return { variables: tokens[variables]?.text === "(" ? variables : undefined, selection };
  }
  return undefined;
}

/** Whether a place lies within brackets that were opened behind another: a default value is no selection. */
function isWithin(tokens: readonly Token[], from: number, at: number): boolean {
  for (let index = from; index < at; index += 1) {
    if (tokens[index]?.text !== "(") continue;
    const end = endOf(tokens, index);
    if (at < end) return true;
    index = end - 1;
  }
  return false;
}

interface Root {
  key: string;
  name: Token;
  arguments: number | undefined;
  selection: number;
}

function rootOf(tokens: readonly Token[], index: number): Root | undefined {
  const first = tokens[index];
  const isAliased = tokens[index + 1]?.text === ":";
  const at = isAliased ? index + 2 : index;
  const name = tokens[at];
  if (!first || !name || !fields.has(name.text)) return undefined;
  const hasArguments = tokens[at + 1]?.text === "(";
  let selection = hasArguments ? endOf(tokens, at + 1) : at + 1;
  // Directives stand between.
  while (tokens[selection]?.text === "@") {
    selection += 2;
    if (tokens[selection]?.text === "(") selection = endOf(tokens, selection);
  }
  if (tokens[selection]?.text !== "{") return undefined;
  return { key: first.text, name, arguments: hasArguments ? at + 1 : undefined, selection };
}

/** The index of an argument's value. */
function argumentOf(tokens: readonly Token[], from: number, name: string): number | undefined {
  const end = endOf(tokens, from) - 1;
  for (let index = from + 1; index < end; index = endOf(tokens, index + 2)) {
    if (tokens[index]?.text === name && tokens[index + 1]?.text === ":") return index + 2;
  }
  return undefined;
}
