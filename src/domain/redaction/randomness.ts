/** A file path, a version, a time, a digest with its algorithm: has letters and digits, yet nobody's secret. */
const everyday =
  /^(?:(?:\.{0,2}|~|[A-Za-z]:)?[\\/][\w.@-]+(?:[\\/][\w.@-]*)*|[\w.-]+(?:\/[\w.-]+)*\.[a-z]{1,4}(?::\d+){0,2}|v?\d+(?:[.:_/-]\d+)+\w*|[\d.,:;%/-]+[a-zA-Z]{0,2}|sha\d+[:-].*|https?:\/\/.*)$/;

const memberPath = /^[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*)+$/;

/** Whether an unquoted value reads as code: `config.password`, `user?.token`. */
export function isMemberPath(value: string): boolean {
  return memberPath.test(value) && value.replace(/\D/g, "").length < 4;
}

/**
 * Whether a value looks made by a generator or chosen as a password, not written as a word: at least six characters that
 * mix letters with digits or with signs, or letters whose case jumps about.
 */
export function looksRandom(value: string): boolean {
  if (value.length < 6 || everyday.test(value.slice(0, 256)) || !/[A-Za-z]/.test(value)) return false;
  if (/\d/.test(value)) return true;
  if (/^[^/].*[!@#$%^&*+=~]/.test(value)) return true;
  const jumps = value.match(/[a-z][A-Z]/g)?.length ?? 0;
  return value.length >= 16 && jumps > value.length / 7;
}
