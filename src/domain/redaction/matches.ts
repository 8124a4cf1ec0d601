const none: RegExpExecArray[] = [];

/**
 * Finds all matches of a global pattern. `String.matchAll` clones its pattern at every call, which costs more than a
 * short search.
 */
export function matchesOf(pattern: RegExp, text: string): RegExpExecArray[] {
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  if (match === null) return none;
  const all: RegExpExecArray[] = [];
  for (; match !== null; match = pattern.exec(text)) all.push(match);
  return all;
}
