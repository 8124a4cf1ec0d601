import { readServiceToken } from "../service-token.js";

/** The flags of `seed`, as text. */
export interface SeedFlags {
  url?: string;
  tokenFile?: string;
  sessions?: string;
  seed?: string;
  concurrency?: string;
}

/** What to make, and the service in which to make it. */
export interface SeedOptions {
  url: string;
  token?: string;
  sessions: number;
  seed: number;
  concurrency: number;
}

/** Reads the flags, and the environment for what they leave out. Throws with the option's name and what is allowed. */
export function readSeedOptions(flags: SeedFlags, env: NodeJS.ProcessEnv): SeedOptions {
  const url = flags.url ?? (env["AGENTRUN_URL"]?.trim() || "http://127.0.0.1:4000/graphql");
  return {
    url,
    token: readServiceToken(flags.tokenFile, env),
    sessions: readWhole("--sessions", flags.sessions, 20, 1, 100_000),
    seed: readWhole("--seed", flags.seed, 1, 0, 2 ** 31 - 1),
    concurrency: readWhole("--concurrency", flags.concurrency, 8, 1, 256),
  };
}

function readWhole(
  name: string,
  text: string | undefined,
  otherwise: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
