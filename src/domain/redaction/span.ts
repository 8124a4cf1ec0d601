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
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let count = 0;
  let done = 0;
  for (const span of sorted) {
    if (span.start >= done) {
      parts.push(text.slice(done, span.start), REDACTED);
      count += 1;
    }
    done = Math.max(done, span.end);
  }
  parts.push(text.slice(done));
  return { text: parts.join(""), count };
}
