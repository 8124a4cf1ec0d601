/** How much of a command line the turn's payload keeps, in characters. A payload may take 256 KiB of JSON. */
const maxPromptLength = 8_000;
const maxArgumentsLength = 32_000;

/** Writes a command as a shell takes it. Words that a shell would read otherwise are quoted. */
export function quoteCommandLine(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

/** Makes the payload of the turn that runs a command. `facts` are added to it. */
export function turnPayload(argv: readonly string[], cwd: string, facts: object = {}): object {
  const prompt = quoteCommandLine(argv);
  const kept = keepArguments(argv);
  return {
    prompt: prompt.slice(0, maxPromptLength).toWellFormed(),
    argv: kept,
    cwd,
    ...(kept.length < argv.length ? { argvTruncated: true } : {}),
    ...facts,
  };
}

function keepArguments(argv: readonly string[]): string[] {
  let length = 0;
  const end = argv.findIndex((word) => (length += word.length) > maxArgumentsLength);
  return end === -1 ? [...argv] : argv.slice(0, end);
}

function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
