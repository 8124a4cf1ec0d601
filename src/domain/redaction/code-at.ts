// Characters by their place, where there may be none. `charCodeAt` would do for both, but where it is asked for a place outside of
// the text V8 throws the compiled function away, at each text anew. Both are so short that V8 always puts them where they are
// called.

/** The code of the character at a place, which is not negative; 0 behind the text, which holds no U+0000 itself. */
export function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}

/** The code of the character before a place in the text; 0 at its beginning. */
export function codeBefore(text: string, at: number): number {
  return at > 0 ? text.charCodeAt(at - 1) : 0;
}
