import type { GraphRequestError } from "../../client/graph-request-error.js";
import { plainLine, printError } from "../terminal.js";

/** How long the service may be away before people are told, in milliseconds. */
const patienceMs = 2_000;

/** Writes lines for people to standard error. What others wrote stays within its line. */
export interface Notices {
  /** Writes a line unless `--quiet` was given. */
  say: (line: string) => void;
  /** Writes a line always. */
  warn: (line: string) => void;
  /** Is called when a request failed and is tried again. */
  onRetry: (error: GraphRequestError) => void;
  /** Is called when a request succeeded. */
  onAnswer: () => void;
}

/**
 * Tells people what exec does. Once in each outage, it says that the service is away and what exec does until it is
 * back.
 */
export function createNotices(isQuiet: boolean, whileAway: string): Notices {
  let awaySince: number | undefined;
  let isTold = false;
  const warn = (line: string) => printError(`agentrun-graph exec: ${plainLine(line)}\n`);
  const say = (line: string) => (isQuiet ? undefined : warn(line));
  return {
    say,
    warn,
    onRetry(error) {
      awaySince ??= performance.now();
      if (isTold || performance.now() - awaySince < patienceMs) return;
      isTold = true;
      say(`${error.message}; ${whileAway} until it does`);
    },
    onAnswer() {
      if (isTold) say("the service answers again");
      awaySince = undefined;
      isTold = false;
    },
  };
}
