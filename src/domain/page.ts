import { badUserInput } from "./errors.js";

/** What a connection field was asked for. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** How many rows of a list, from which end, between which cursors. */
export interface PageSpan {
  limit: number;
  backward: boolean;
  after: string | null;
  before: string | null;
}

/** How many rows a page has where neither `first` nor `last` is given. */
export const defaultPageSize = 50;

/** The most rows of a page; event lists have their own. */
export const maxPageSize = 100;

/** The most events of a page. */
export const maxEventPageSize = 500;

/** The span that the arguments ask for, or BAD_USER_INPUT: 0 to `max`, and not from both ends. */
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
