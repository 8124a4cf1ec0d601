import { type Instant, parseInstant } from "../domain/instant.js";

/** When something ends: at an instant, or so many seconds after its creation. Never, if both are null. */
export interface Expiry {
  expiresAt: Instant | null;
  expiresInSeconds: number | null;
}

const duration = /^(\d{1,6})([smhdw])$/;
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** The longest time from now: about a hundred years. */
const maxSeconds = 36_500 * 86_400;

/**
 * Reads an ISO 8601 instant with a time zone that is still to come, or a duration of a whole number and a unit, such as
 * `30d`. Undefined is never. Throws an Error that names the flag and says what is allowed.
 */
export function parseExpiry(text: string | undefined, flag: string): Expiry {
  if (text === undefined) return { expiresAt: null, expiresInSeconds: null };
  const [, count, unit = ""] = duration.exec(text) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? 0);
  if (seconds >= 1 && seconds <= maxSeconds) return { expiresAt: null, expiresInSeconds: seconds };
  const expiresAt = count === undefined ? tryInstant(text) : undefined;
  if (expiresAt !== undefined && Date.parse(expiresAt) > Date.now())
    return { expiresAt, expiresInSeconds: null };
  throw new Error(
    `${flag} must be an instant to come with a time zone, such as 2027-01-31T00:00:00Z, or a time from now, such as ` +
      "30d: a whole number and s, m, h, d or w, from 1 s to 100 years",
  );
}

function tryInstant(text: string): Instant | undefined {
  try {
    return parseInstant(text, "");
  } catch {
    return undefined;
  }
}
