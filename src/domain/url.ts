import { badUserInput } from "./errors.js";

/** How long a URL may be, in characters. */
export const maxUrlLength = 2_048;

/** Throws BAD_USER_INPUT unless the value is an http or https URL. */
export function checkUrl(url: unknown, field: string): void {
  const isUrl =
    typeof url === "string" &&
    url.length <= maxUrlLength &&
    URL.canParse(url) &&
    /^https?:$/.test(new URL(url).protocol);
  if (!isUrl) throw badUserInput(field, `must be an http or https URL of at most ${maxUrlLength} characters`);
}
