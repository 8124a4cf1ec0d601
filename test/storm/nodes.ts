import { type Program, runService } from "../support/program.js";

/** A process of the service, which can be paused as a machine is. */
export interface StormNode {
  url: string;
  /** Stops all that it does, its answers to Postgres included, until {@link resume}. */
  pause(): void;
  resume(): void;
  /** What it has logged. */
  logged(): string;
  /** Ends it in order, and gives its exit code or signal. */
  stop(): Program["ended"];
}

/** By what its callers are known. */
export const secret = "a secret of the storm that is 32 bytes or more";

/** Starts `serve` from `dist` on a database. */
export async function startStormNode(databaseUrl: string): Promise<StormNode> {
  const { url, child, ended, stderr, stdout } = await runService({
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS: "16",
    AUTH_SECRET: secret,
    RATE_LIMIT: "0",
    LOG_LEVEL: "error",
  });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));
  return {
    url,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    logged: () => `${stdout()}\n${stderr()}`,
    stop() {
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      return ended;
    },
  };
}
