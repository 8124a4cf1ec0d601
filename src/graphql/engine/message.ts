/** How long an error's message may be, in characters. */
const maxMessage = 300;

/** How long a value in it may be. */
const maxValue = 80;

/** What stands before a value in the messages of graphql-js. */
const jsonAfter = /(, found |value: |value |value of type "JSON", found )([{[][\s\S]*)$/;
const ofJson = /(value of type "JSON!?"), found [\s\S]*?(?=; |$)/;

/**
 * A message that says nothing long and nothing of JSON: a value of JSON is left out, since it may hold a secret; a text or
 * number is cut at 80 characters, and the whole at 300.
 */
export function boundMessage(message: string): string {
  // Whatever follows is cut anyway: no expression is to run over megabytes.
  const start = message.length > 4_096 ? message.slice(0, 4_096) : message;
  const text = start
    .replace(ofJson, "$1")
    .replace(jsonAfter, (_all, before: string) => `${before}…`)
    // Every quoted text in its turn, so that none begins where another ends.
    .replaceAll(/"((?:[^"\\]|\\[\s\S])*)"?/g, (all, value: string) =>
      value.length > maxValue ? `"${cut(value, maxValue)}"` : all,
    )
    .replaceAll(/\S{83,}/g, (word) => cut(word, maxValue));
  return cut(text, maxMessage);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}
