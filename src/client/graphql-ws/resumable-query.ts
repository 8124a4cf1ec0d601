/*
 * Makes a subscription that can be resumed of one that a program wrote: its root field gets a variable as `after`, and its cursor is asked for
 * beside what is selected. Nothing of that shows to the program.
 */
import { type Token, endOf, tokensOf } from "./tokens.js";

/** A subscription that can be resumed. */
export interface ResumableQuery {
  query: string;
  /** The variable to set to the last cursor. Without one it begins where the program told it to. */
  variable: string;
  /** Under which name the root field answers. */
  field: string;
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

/** Undefined where the document has no such subscription. */
export function resumableQuery(query: string, operationName?: string | null): ResumableQuery | undefined {
  const tokens = tokensOf(query);
  const subscriptions = subscriptionsOf(tokens);
  const operation = subscriptions.find(({ name }) => !operationName || name === operationName);
  const root = operation && rootOf(tokens, operation.selection + 1);
  if (!root) return undefined;
  const after = root.arguments && argumentOf(tokens, root.arguments, "after");
  const given = after === undefined ? undefined : tokens[after];
  const own = given?.text === "$" ? tokens[(after ?? 0) + 1]?.text : undefined;
  const edits: Edit[] = [insert(tokens[root.selection]?.end ?? 0, ` ${cursorAlias}: cursor `)];
  if (own === undefined) {
    // What is written out is where it begins.
    const declaration = `$${ownVariable}: String${given ? ` = ${given.text}` : ""}`;
    // A fragment may be that of others too.
    for (const each of subscriptions) {
      if (rootOf(tokens, each.selection + 1)?.name !== root.name) continue;
      edits.push(
        each.variables === undefined
          ? insert(tokens[each.selection]?.start ?? 0, `(${declaration}) `)
          : insert(tokens[each.variables]?.end ?? 0, `${declaration}, `),
      );
    }
    if (given) edits.push({ start: given.start, end: given.end, text: `$${ownVariable}` });
    else if (root.arguments !== undefined)
      edits.push(insert(tokens[root.arguments]?.end ?? 0, `after: $${ownVariable}, `));
    else edits.push(insert(root.name.end, `(after: $${ownVariable})`));
  }
  return { query: apply(query, edits), variable: own ?? ownVariable, field: root.key };
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

interface Subscription {
  name: string;
  /** Where its variables and its selection begin. */
  variables: number | undefined;
  selection: number;
}

function subscriptionsOf(tokens: readonly Token[]): Subscription[] {
  const found: Subscription[] = [];
  for (const index of definitionsOf(tokens, "subscription")) {
    const selection = selectionAfter(tokens, index);
    const variables = tokens[index + 1]?.text === "(" ? index + 1 : index + 2;
    if (selection === undefined) continue;
    found.push({
      name: tokens[index + 1]?.text ?? "",
      variables: tokens[variables]?.text === "(" ? variables : undefined,
      selection,
    });
  }
  return found;
}

/** Where the definitions of a kind begin. */
function definitionsOf(tokens: readonly Token[], kind: "subscription" | "fragment"): number[] {
  const found: number[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const { text } = tokens[index] ?? {};
    if (text === "{") index = endOf(tokens, index) - 1;
    // A fragment or an operation may be named so.
    else if (
      text === kind &&
      !["fragment", "query", "mutation", "subscription"].includes(tokens[index - 1]?.text ?? "")
    )
      found.push(index);
  }
  return found;
}

/** Where the selection of what begins at an index begins. */
function selectionAfter(tokens: readonly Token[], index: number): number | undefined {
  const at = tokens.findIndex(
    (token, place) => place > index && token.text === "{" && !isWithin(tokens, index, place),
  );
  return at < 0 ? undefined : at;
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

/** How deep fragments are followed: in a circle they have no end. */
const maxFragments = 20;

interface Root {
  key: string;
  name: Token;
  arguments: number | undefined;
  selection: number;
}

/** The field that a selection begins with, in fragments too. */
function rootOf(tokens: readonly Token[], index: number, depth = 0): Root | undefined {
  const first = tokens[index];
  if (first?.text === "...") {
    const inner = depth < maxFragments ? fragmentSelection(tokens, index + 1) : undefined;
    return inner === undefined ? undefined : rootOf(tokens, inner + 1, depth + 1);
  }
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

/** Where the selection of a fragment begins, which is written out in place or named. */
function fragmentSelection(tokens: readonly Token[], index: number): number | undefined {
  const name = tokens[index]?.text ?? "";
  if (["on", "{", "@"].includes(name)) return selectionAfter(tokens, index - 1);
  const definition = definitionsOf(tokens, "fragment").find((at) => tokens[at + 1]?.text === name);
  return definition === undefined ? undefined : selectionAfter(tokens, definition);
}

/** The index of an argument's value. */
function argumentOf(tokens: readonly Token[], from: number, name: string): number | undefined {
  const end = endOf(tokens, from) - 1;
  for (let index = from + 1; index < end; index = endOf(tokens, index + 2)) {
    if (tokens[index]?.text === name && tokens[index + 1]?.text === ":") return index + 2;
  }
  return undefined;
}
