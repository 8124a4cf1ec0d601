const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/**
 * Counts the keys of all objects in a text of JSON, before it is parsed: to parse and look through 200,000 of them takes a third of
 * a second. What is no JSON is counted somehow.
 */
export function countKeys(text: string): number {
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) keys += 1;
    else if (code === quote) at = endOfString(text, at);
  }
  return keys;
}

/** The place of the quote that ends the string which begins at a quote; the text's end if none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
