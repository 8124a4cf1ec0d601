import type { Call } from "./call.js";

/** A piece of a statement: its text, or what makes the text for one call. */
type Piece = string | ((call: Call) => string);

/** SQL that is made once for an operation, but for the pieces that depend on a call's arguments. Pieces of text never touch. */
export type Sql = readonly Piece[];

/** Puts SQL together. What stands between the parts is text. */
export function sql(texts: TemplateStringsArray, ...parts: readonly (string | Piece | Sql)[]): Sql {
  return merged(texts.flatMap((text, index) => [text, ...piecesOf(parts[index] ?? "")]));
}

/** Puts SQL together with a text between each two. */
export function joined(parts: readonly Sql[], between: string): Sql {
  return merged(parts.flatMap((part, index) => (index === 0 ? part : [between, ...part])));
}

/** The text of SQL for one call. */
export function render(parts: Sql, call: Call): string {
  return parts.map((piece) => (typeof piece === "string" ? piece : piece(call))).join("");
}

/** Writes a text as SQL does. It must have no backslash; the mark of what is filled in is written as an escape. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''").replaceAll("\u0001", String.raw`\u0001`);
  return `${escaped.includes("\\") ? "E" : ""}'${escaped}'`;
}

/** Whether two pieces of SQL are the same for every call; false where that cannot be told. */
export function isSame(some: Sql, other: Sql): boolean {
  return some.length === other.length && some.every((piece, index) => piece === other[index]);
}

function piecesOf(part: string | Piece | Sql): Sql {
  return typeof part === "string" || typeof part === "function" ? [part] : part;
}

function merged(pieces: Sql): Sql {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (typeof piece === "string" && typeof last === "string") result[result.length - 1] = last + piece;
    else if (piece !== "") result.push(piece);
  }
  return result;
}
