/*
 * The form in which texts are searched. Upper and lower case, accents, ligatures and full-width forms are the same in it, and a
 * stretch of white space is one space. What folds together is folded together, so that it is the same wherever a text is cut:
 * a character with the marks after it, and a syllable that is written in its letters (jamo).
 */

/** Accents, of whatever letters. Marks that make another letter, such as those of kana and of Indic scripts, are none. */
const accents = String.raw`\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f`;
const marks = String.raw`[${accents}\u3099\u309a]`;
const jamo = String.raw`[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+`;

const accent = new RegExp(`[${accents}]+`, "gu");
/** What needs more than lower case. */
const special = new RegExp(String.raw`${jamo}|[^\0-\x7f]${marks}*|[\0-\x7f]${marks}+`, "gu");
const cluster = new RegExp(`${jamo}|[^]${marks}*`, "gu");
const isAscii = /^[\0-\x7f]*$/;

/** Foldings of single characters that were made before: a text has few different ones. */
const known = new Map<string, string>();
const keptFoldings = 20_000;

function foldCluster(text: string): string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const bare = text.normalize("NFKD").replaceAll(accent, "").normalize("NFC");
  // By upper case: then what has two lower cases, or is two letters in upper case, is the same too.
  const folded = bare
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(accent, "")
    .normalize("NFC");
  if (known.size < keptFoldings && text.length <= 4) known.set(text, folded);
  return folded;
}

/** Gives a text in the form that is searched. */
export function foldForSearch(text: string): string {
  const folded = isAscii.test(text) ? text : text.replaceAll(special, foldCluster);
  return folded.toLowerCase().replaceAll(/\s+/gu, " ");
}

/** A text in the form that is searched, and where each piece of it comes from. */
export interface Folded {
  text: string;
  /** Where a stretch of the folded text stands in the text, whole characters with their marks. */
  origin(start: number, end: number): [start: number, end: number];
}

/** As {@link foldForSearch}, for a text each of whose stretches of white space is one space. */
export function foldWithOrigin(text: string): Folded {
  if (isAscii.test(text)) return { text: text.toLowerCase(), origin: (start, end) => [start, end] };
  const starts: number[] = [];
  const ends: number[] = [];
  let folded = "";
  for (const { 0: piece, index } of text.matchAll(cluster)) {
    const end = index + piece.length;
    for (const unit of foldCluster(piece).replaceAll(/\s+/gu, " ").split("")) {
      if (unit === " " && folded.endsWith(" ")) {
        ends[ends.length - 1] = end;
        continue;
      }
      folded += unit;
      starts.push(index);
      ends.push(end);
    }
  }
  return {
    text: folded,
    origin: (start, end) => [starts[start] ?? text.length, ends[end - 1] ?? text.length],
  };
}
