import { type Logger, destination, pino } from "pino";

/** Structured lines on standard error; standard output is for what people asked for. */
export type Log = Logger;

/** Opens the log at a level. Credentials in connection strings and headers are never printed. */
export function createLog(level: string): Log {
  return pino(
    { level, redact: ["*.authorization", "*.connectionString", "*.password"], base: undefined },
    destination({ dest: 2, sync: true }),
  );
}
