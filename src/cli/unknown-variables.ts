// Variables of the environment that look like ours and are none: most likely slips of the pen, which would pass unseen.
import { closest, distance } from "fastest-levenshtein";
import { variableNames } from "../server/config.js";
import type { Log } from "../server/log.js";

/** What the other commands read, and what a worker gives to its processes. */
const ofCommands = [
  "AGENTRUN_URL",
  "AGENTRUN_TOKEN",
  "AGENTRUN_TOKEN_FILE",
  "AGENTRUN_TASK_ID",
  "AGENTRUN_ATTEMPT",
  "AGENTRUN_RUN_ID",
  "AGENTRUN_SESSION_ID",
];
const known = [...variableNames, ...ofCommands];

/** What begins so is meant for us, if it is not for our tests. */
const ours = /^(?:AGENTRUN_(?!TEST_)|AUTH_|LIMIT_)/;

/** How many names are told at most. */
const toldNames = 10;

/** A variable that is set, and the one that is likely meant by it; null if none is near. */
interface UnknownVariable {
  name: string;
  meant: string | null;
}

/**
 * The variables that begin as ours do, or are one letter in five away from one of ours that is not set, and one letter at least.
 * Values are not looked at.
 */
export function findUnknownVariables(env: NodeJS.ProcessEnv): UnknownVariable[] {
  const unset = known.filter((name) => env[name] === undefined);
  const strange = Object.keys(env).filter((name) => !known.includes(name));
  return strange
    .map((name) => ({ name, meant: meantBy(name.toUpperCase(), unset) }))
    .filter(({ name, meant }) => meant !== null || ours.test(name));
}

function meantBy(name: string, unset: readonly string[]): string | null {
  const nearest = closest(name, unset);
  return distance(name, nearest) <= Math.max(1, Math.floor(nearest.length / 5)) ? nearest : null;
}

/** Names all of them in one line of the log. */
export function warnOfUnknownVariables(env: NodeJS.ProcessEnv, log: Log): void {
  const unknown = findUnknownVariables(env).slice(0, toldNames);
  if (unknown.length === 0) return;
  const told = unknown.map(({ name, meant }) => (meant === null ? name : `${name} (${meant}?)`));
  log.warn({ unknown }, `variables that are not known have no effect: ${told.join(", ")}`);
}
