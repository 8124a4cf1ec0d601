// Where a secret may begin that the end of a text does not end: a private key, and what a name behind it may make a secret of.

const heading = /-(?:-(?:-(?:-(?:-(?:B(?:E(?:G(?:I(?:N(?: [A-Z0-9 ]{0,40}(?:-{1,4})?)?)?)?)?)?)?)?)?)?)?$/;

/** Where the heading of a key begins that is not over. */
export function openHeading(whole: string): number {
  const from = Math.max(0, whole.length - 64);
  const match = heading.exec(whole.slice(from));
  return match === null ? whole.length : from + match.index;
}

const blockBegin = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/;
const blockEnd = /-----END [A-Z0-9 ]{0,60}-----/;

/** Where a private key begins whose last line is not over. */
export function openBlock(whole: string): number {
  const start = whole.lastIndexOf("-----BEGIN ");
  if (start === -1) return whole.length;
  const block = whole.slice(start);
  return blockBegin.test(block) && !blockEnd.test(block) ? start : whole.length;
}

/** What says of the word before it that it was a secret; it may have come only in part. */
const names = [
  "password",
  "the password",
  "a password",
  "passphrase",
  "the passphrase",
  "api key",
  "the api key",
];
const namesBehind = [...names, "token", "the token", "api token", "the secret"].map((name) => ` as ${name}`);
const lastWord = /[^\s"'`(]{6,128}["'`]?$/;

/** Forms in which a name may stand behind what it names; the last group is what is named. */
const openForms: readonly RegExp[] = [
  // `echo x | sudo -S`, `printf x | docker login --password-stdin`, `yes x | passwd`
  /(?:^|[^\w-])(?:echo|printf)(?= )([^\n]{1,400})$/,
  /(?:^|[^\w-])yes (["']?[^\s"']{1,64}(?:["']?\s{0,2}(?:\|[^\n]{0,80})?)?)$/,
  // `value="x" name="token"`
  /\bvalue\\{0,3}["']?\s?[:=]\s?\\{0,3}["']([^"'\s\\]{1,256}(?:\\{0,3}["'](?:[\s,]{1,20}\\{0,3}["']?\w{0,20}\\{0,3}["']?\s?[:=]?\s?\\{0,3}["']?[\w./-]{0,80})?)?)$/i,
  // An app password is four words of four letters.
  /\bapp(?:lication)? password\W{1,8}(?:is )?["'`]?([a-z]{1,4}(?:[ -][a-z]{0,4}){0,3})$/i,
];
const formMax = 512;

/** Where something begins that a name behind it may make a secret of, of those that are told so most often. */
export function openBeforeName(whole: string): number {
  const from = Math.max(0, whole.length - formMax);
  const recent = whole.slice(from);
  const starts = openForms.map((form) => {
    const match = form.exec(recent);
    return match === null ? whole.length : from + match.index + match[0].length - (match[1] ?? "").length;
  });
  const lower = recent.toLowerCase();
  for (const name of namesBehind) {
    for (let length = name.length - 1; length > 0; length -= 1) {
      if (!lower.endsWith(name.slice(0, length))) continue;
      const word = lastWord.exec(recent.slice(0, -length));
      if (word !== null && /\d/.test(word[0])) starts.push(from + word.index);
    }
  }
  return Math.min(...starts);
}
