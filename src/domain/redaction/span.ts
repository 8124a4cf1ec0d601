/** What stands where a secret stood. */
export const REDACTED = "[REDACTED]";

/** A stretch of a text that holds one secret: from `start` up to, not including, `end` (UTF-16 units). */
export type Span = { start: number; end: number };

/**
 * Puts `[REDACTED]` in place of every span and counts them. Spans may come in any order. Those that overlap become
 * one.
 */
export function replaceSpans(text: string, spans: readonly Span[]): { text: string; count: number } {
  if (spans.length === 0) return { text, count: 0 };
  const sorted = isSorted(spans) ? spans : spans.toSorted((a, b) => a.start - b.start);
  let replaced = "";
  let count = 0;
  let done = 0;
  for (const { start, end } of sorted) {
    if (start >= done) {
      replaced += text.slice(done, start) + REDACTED;
      count += 1;
    }
    if (end > done) done = end;
  }
  return { text: replaced + text.slice(done), count };
}

/** Whether the spans come in the order of the text, as they do where no finder looks back. */
function isSorted(spans: readonly Span[]): boolean {
  let last = 0;
  for (const { start } of spans) {
    if (start < last) return false;
    last = start;
  }
  return true;
}
