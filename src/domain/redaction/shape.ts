// What kinds of characters a text holds, read in one loop: most values are judged by that alone, without a pattern.

/** The bits of {@link shapeOf}. */
export const shape = {
  lower: 1,
  upper: 2,
  digit: 4,
  underscore: 8,
  other: 16,
  beyondAscii: 32,
  /** A dot or a slash of either kind, which are also `other`. */
  path: 64,
} as const;

const letters = shape.lower | shape.upper;

const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) return shape.lower;
  if (/[A-Z]/.test(character)) return shape.upper;
  if (/\d/.test(character)) return shape.digit;
  if (/[./\\]/.test(character)) return shape.other | shape.path;
  return character === "_" ? shape.underscore : shape.other;
});

/** The kinds of characters in a text, as bits. */
export function shapeOf(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    bits |= code < 128 ? (kinds[code] as number) : shape.beyondAscii;
  }
  return bits;
}

/** Whether the bits tell of ASCII letters and nothing else. */
export function isLettersOnly(bits: number): boolean {
  return (bits & ~letters) === 0;
}

/** Whether the bits tell of ASCII letters and digits and nothing else. */
export function isAlphanumeric(bits: number): boolean {
  return (bits & ~(letters | shape.digit)) === 0;
}

/** Whether the bits tell of letters of one case, so that no hump divides them, and no digit stands among them. */
export function isSingleWord(bits: number): boolean {
  return bits === shape.lower || bits === shape.upper;
}
