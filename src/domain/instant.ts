import { badUserInput } from "./errors.js";

/**
 * An ISO 8601 instant in UTC with microseconds, such as `2026-11-22T09:30:00.123456Z`. It is text, since a Date keeps
 * milliseconds only.
 */
export type Instant = string;

const shape = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an ISO 8601 instant with a time zone. Throws BAD_USER_INPUT if it is none. Cuts digits past the microsecond.
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
  return `${date.toISOString().slice(0, 19)}.${(parts[3] ?? "").padEnd(6, "0")}Z`;
}
