import type { Command } from "commander";
import { readerOf, whole } from "../../server/setting.js";
import { addServiceOptions } from "../service-options.js";
import { readServiceToken } from "../service-token.js";

/** The flags of `seed`, as their parsers give them. */
export interface SeedFlags {
  url: string;
  tokenFile?: string;
  sessions: number;
  seed: number;
  concurrency: number;
  live?: boolean;
}

/** What to make, and the service in which to make it. */
export interface SeedOptions {
  url: string;
  token?: string;
  sessions: number;
  seed: number;
  concurrency: number;
  /** Whether agents go on working afterwards. */
  live?: boolean;
}

/** Adds the options of `seed`, whose parsers throw with the option's name, what was given and what is allowed. */
export function addSeedOptions(command: Command): Command {
  return addServiceOptions(command, "the scopes reader and runner")
    .option(
      "--sessions <count>",
      "how many sessions to make, 1 to 100000",
      readerOf("--sessions", whole(1, 100_000)),
      20,
    )
    .option(
      "--seed <number>",
      "which stories to tell, 0 to 2147483647",
      readerOf("--seed", whole(0, 2 ** 31 - 1)),
      1,
    )
    .option(
      "--concurrency <count>",
      "how many sessions to make at a time, 1 to 256",
      readerOf("--concurrency", whole(1, 256)),
      8,
    )
    .option("--live", "then let six agents go on working, asking, failing and finishing, until Ctrl-C");
}

/** Adds the token, of the flags or the environment. Throws as {@link readServiceToken} does. */
export function readSeedOptions({ tokenFile, ...options }: SeedFlags, env: NodeJS.ProcessEnv): SeedOptions {
  return { ...options, token: readServiceToken(tokenFile, env) };
}
