/** An operation of a document. Its name is undefined if it has none. */
export interface DocumentOperation {
  kind: "query" | "mutation" | "subscription";
  name: string | undefined;
}

/**
 * Reads which operations a document has; it runs in the browser. It needs no whole document: what is no definition is
 * passed over. GraphiQL knows this too, but for a moment after a tab was opened it still tells it of the tab before.
 */
export function readOperations(document: string): DocumentOperation[] {
  const bare = document.replaceAll(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*/g, " ");
  const operations: DocumentOperation[] = [];
  let depth = 0;
  let within = false;
  let before = "";
  for (const [token] of bare.matchAll(/[{}()[\]]|@?[_A-Za-z]\w*/g)) {
    if (depth === 0 && !within) {
      within = true;
      if (token === "query" || token === "mutation" || token === "subscription" || token === "{")
        operations.push({ kind: token === "{" ? "query" : token, name: undefined });
    } else if (depth === 0 && /^(query|mutation|subscription)$/.test(before) && /^\w/.test(token)) {
      const last = operations.at(-1);
      if (last) last.name ??= token;
    }
    if ("{([".includes(token)) depth += 1;
    if ("})]".includes(token)) depth -= 1;
    if (token === "}" && depth === 0) within = false;
    before = token;
  }
  return operations;
}
