import { badUserInput } from "./errors.js";

/**
 * An ISO 8601 instant in UTC with microseconds, such as `2026-11-22T09:30:00.123456Z`. It is text, since a Date keeps
 * milliseconds only.
 */
export type Instant = string;

const shape = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** The first and the last instant that is taken: Postgres and JavaScript write the years beyond them in other ways. */
const range = { first: Date.parse("0001-01-01T00:00:00Z"), last: Date.parse("9999-12-31T23:59:59.999Z") };

/**
 * Reads an ISO 8601 instant with a time zone. Throws BAD_USER_INPUT if it is none, or if in UTC it is not of the years 1 to
 * 9999. Cuts digits past the microsecond.
 */
export function parseInstant(text: string, field: string): Instant {
  const parts = shape.exec(text);
  const date = parts ? new Date(`${parts[1]}T${parts[2]}${parts[4]?.toUpperCase()}`) : undefined;
  // Date moves a day that the month lacks into the next month: compare what was said with what was understood.
  const said = parts ? new Date(`${parts[1]}T${parts[2]}Z`) : undefined;
  if (
    !parts ||
    !date ||
    !said ||
    Number.isNaN(date.getTime()) ||
    !said.toISOString().startsWith(`${parts[1]}T${parts[2]}`)
  ) {
    throw badUserInput(
      field,
      "must be an ISO 8601 instant with a time zone, such as 2026-11-22T09:30:00.123456Z",
    );
  }
  if (date.getTime() < range.first || date.getTime() > range.last)
    throw badUserInput(field, "must be an instant of the years 0001 to 9999 in UTC");
  return `${date.toISOString().slice(0, 19)}.${(parts[3] ?? "").padEnd(6, "0")}Z`;
}

/** True for an instant as {@link parseInstant} gives it. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
