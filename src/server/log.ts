import { type DestinationStream, type Logger, destination, pino } from "pino";

/** Structured lines on standard error; standard output is for what people asked for. */
export type Log = Logger;

/** What a terminal obeys and JSON does not escape: delete, C1, and what turns the direction of text around. */
const obeyed = /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Opens the log at a level, on standard error unless another stream is given. Credentials in connection strings and
 * headers are never printed. What others wrote is escaped as far as a terminal would obey it.
 */
export function createLog(
  level: string,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Log {
  return pino(
    {
      level,
      redact: ["*.authorization", "*.connectionString", "*.password"],
      base: undefined,
      hooks: { streamWrite: (line) => line.replace(obeyed, escape) },
    },
    stream,
  );
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
