/*
 * The only way in which our programs print. What they print often repeats what others wrote (a reason, a title, the
 * message of an error), and a terminal obeys the control sequences in it: it moves the cursor over what stands there,
 * sets titles, writes the clipboard. So none gets through. What the process of exec prints is not ours: see pass-through.ts.
 */

/**
 * The sequences of ECMA-48, each whole: control strings (OSC, DCS, SOS, PM, APC) up to their end, control sequences
 * (CSI), and other escapes. None of the parts can be read in two ways, so that the time grows with the length alone.
 */
const sequences =
  /(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g;

/** Control characters that are left (carriage return and backspace too), and what turns the direction of text around. */
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Takes everything out of a text that a terminal would obey, except tabs and newlines. */
export function plainText(text: string): string {
  return text.replace(sequences, "").replace(controls, "");
}

/** Takes tabs and newlines out as well. A space stands in their place, so that a text of others cannot begin a line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/[\t\n]+/g, " ");
}

/** Prints a text to standard output: what people asked for. */
export function print(text: string): void {
  process.stdout.write(plainText(text));
}

/** Prints a text to standard error: what people should know. */
export function printError(text: string): void {
  process.stderr.write(plainText(text));
}
