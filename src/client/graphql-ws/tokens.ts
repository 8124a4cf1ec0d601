/** A piece of a GraphQL document: where it stands in the text. */
export interface Token {
  text: string;
  start: number;
  end: number;
}

const pattern =
  /"""(?:[^"\\]|\\"""|\\|"(?!""))*"""|"(?:[^"\\\n\r]|\\.)*"|[_A-Za-z][_0-9A-Za-z]*|-?[0-9][0-9.eE+-]*|\.\.\.|[!$&()=@[\]{|}:]|#[^\n\r]*/g;

/** The tokens of a document, without blanks, commas and comments. */
export function tokensOf(query: string): Token[] {
  return [...query.matchAll(pattern)].flatMap(({ 0: text, index }) =>
    text.startsWith("#") ? [] : [{ text, start: index, end: index + text.length }],
  );
}

const closings: Partial<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };

/** The index behind a value or a bracketed part that begins at an index. */
export function endOf(tokens: readonly Token[], index: number): number {
  const text = tokens[index]?.text ?? "";
  if (text === "$") return index + 2;
  if (!closings[text]) return index + 1;
  let depth = 0;
  for (let at = index; at < tokens.length; at += 1) {
    const here = tokens[at]?.text ?? "";
    if (closings[here]) depth += 1;
    else if (Object.values(closings).includes(here)) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}
