import { type SpawnOptions, spawn } from "node:child_process";
import type { Home } from "./home.js";

/**
 * Gives the options to run a program of Postgres as the home's account, without the settings of other Postgres
 * clients.
 */
export function programOptions(home: Home): SpawnOptions {
  const foreign = /^(PG|LC_|LANG)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  // It runs in the home, because the current folder may be closed to the account.
  return { cwd: home.directory, env: { ...env, LC_ALL: "C" }, windowsHide: true, ...home.account };
}

/** Runs a program to its end. The exit code is -1 if it could not be started. Then the output says why. */
export function runProgram(
  program: string,
  args: string[],
  home: Home,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...programOptions(home), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", (error) => resolve({ exitCode: -1, output: error.message }));
    child.once("close", (code) => resolve({ exitCode: code ?? -1, output }));
  });
}
