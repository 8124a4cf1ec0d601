import { isPassingFailure } from "../database/passing-failure.js";

/**
 * The SQLSTATEs, and Prisma's codes, that mean that the database is gone, full, too slow or not the primary any more, and not that the
 * call is wrong.
 */
const gone = /^(08...|25006|28...|3D000|53...|55000|55P03|25P03|57P0.|57014|P1001|P1002|P1008|P1017|P2024)$/;
const goneMessage =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end/i;

/**
 * True if a connection is of no more use: no answer came over it, so that what was sent is still on its way, or lost; or its server
 * takes no writes any more.
 */
export function isSpent(error: unknown): boolean {
  return (error instanceof Error && error.message === "Query read timeout") || codeOf(error) === "25006";
}

/** True if the error means that the database did not answer. The same call may succeed once it is back. */
export function isDatabaseGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (codesOf(error).some(isGoneCode) || isPassingFailure(error)) return true;
  if (goneMessage.test(error.message)) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseGone);
  const { cause } = error as { cause?: unknown };
  return cause !== undefined && isDatabaseGone(cause);
}

/** The error's own code, and the one that Postgres gave if the error is Prisma's. */
function codesOf(error: unknown): unknown[] {
  const { code, meta } = (error ?? {}) as { code?: unknown; meta?: AdapterMeta };
  return [code, meta?.driverAdapterError?.cause?.originalCode];
}

/** Where an error of Prisma holds the code that Postgres gave, if Prisma has no code of its own for it. */
interface AdapterMeta {
  driverAdapterError?: { cause?: { originalCode?: unknown } };
}

function isGoneCode(code: unknown): boolean {
  return typeof code === "string" && gone.test(code);
}

/** SQLSTATEs of values that Postgres cannot hold or read: out of range, no instant, no text of the type, U+0000. */
const unholdable = /^(22003|22007|22008|22009|22021|22P02|22P03|22P05|22026|22001)$/;

/** True if Postgres refused a value of the call, which nothing before it had refused. */
export function isRefusedValue(error: unknown): boolean {
  return unholdable.test(codeOf(error));
}

/** True if what a statement was to give is longer than was allowed, or than Postgres can make. */
export function isTooLong(error: unknown): boolean {
  return codeOf(error) === "54000";
}

/** True if a row that the call names is not there any more: it was removed after it was looked up. */
export function isMissingReference(error: unknown): boolean {
  return codeOf(error) === "23503";
}

function codeOf(error: unknown): string {
  const { code, meta } = (error ?? {}) as { code?: unknown; meta?: AdapterMeta };
  const given = meta?.driverAdapterError?.cause?.originalCode ?? code;
  return typeof given === "string" ? given : "";
}

/** Says that another transaction has won a race which Postgres does not see: the work is done again. */
export class LostRace extends Error {}

/**
 * True if another transaction won a race: by a conflict, a deadlock, or a unique key that it took first. The same
 * work may be done again.
 */
export function isLostRace(error: unknown): boolean {
  if (error instanceof LostRace) return true;
  return codesOf(error).some((code) => code === "40001" || code === "40P01" || code === "23505");
}
