/**
 * Matches a file path, a version, a time or a digest with its algorithm. It has letters and digits, yet is no secret.
 */
const everyday =
  /^(?:(?:\.{0,2}|~|[A-Za-z]:)?[\\/][\w.@-]+(?:[\\/][\w.@-]*)*|[\w.-]+(?:\/[\w.-]+)*\.[a-z]{1,4}(?::\d+){0,2}|v?\d+(?:[.:_/-]\d+)+\w*|[\d.,:;%/-]+[a-zA-Z]{0,2}|sha\d+[:-].*|https?:\/\/.*)$/;

const memberPath = /^[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*)+$/;

/** Tells whether an unquoted value reads as code: `config.password`, `user?.token`. */
export function isMemberPath(value: string): boolean {
  return memberPath.test(value) && value.replace(/\D/g, "").length < 4;
}

/**
 * Tells whether a value looks like one that a generator made or a person chose as a password. It has at least six
 * characters. They mix letters with digits or with signs, or are sixteen or more letters whose case often changes.
 */
export function looksRandom(value: string): boolean {
  if (value.length < 6 || everyday.test(value.slice(0, 256)) || !/[A-Za-z]/.test(value)) return false;
  if (/\d/.test(value)) return true;
  if (/^[^/].*[!@#$%^&*+=~]/.test(value)) return true;
  const jumps = value.match(/[a-z][A-Z]/g)?.length ?? 0;
  return value.length >= 16 && jumps > value.length / 7;
}
