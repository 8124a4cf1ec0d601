import { badUserInput } from "./errors.js";

/** The arguments of a connection field, as Relay names them. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** A part of a list: how many rows, from which end, and between which cursors. */
export interface PageSpan {
  limit: number;
  backward: boolean;
  after: string | null;
  before: string | null;
}

/** How many rows a page has if neither `first` nor `last` is given. */
export const defaultPageSize = 50;

/** The most rows of a page. Event lists have a limit of their own, {@link maxEventPageSize}. */
export const maxPageSize = 100;

/** The most events of a page. */
export const maxEventPageSize = 500;

/**
 * Reads which part of a list the arguments ask for. Throws BAD_USER_INPUT if `first` or `last` is not from 0 to `max`,
 * or if both are given.
 */
export function pageSpan(args: PageArguments, max: number = maxPageSize): PageSpan {
  const first = args.first ?? null;
  const last = args.last ?? null;
  if (first !== null && last !== null) throw badUserInput("first", "must not be given together with last");
  for (const [field, value] of [
    ["first", first],
    ["last", last],
  ] as const) {
    if (value !== null && (value < 0 || value > max)) throw badUserInput(field, `must be from 0 to ${max}`);
  }
  return {
    limit: first ?? last ?? defaultPageSize,
    backward: last !== null,
    after: args.after ?? null,
    before: args.before ?? null,
  };
}
