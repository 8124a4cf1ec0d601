/*
 * The token with which a command calls the service. It comes from a file or from the environment and never from the
 * command line, which every user of the machine can read in the process list. No error repeats it.
 */
import { readFileSync } from "node:fs";

/** The variables that hold a token or name its file. No process that we start gets them. */
const variables = ["AGENTRUN_TOKEN", "AGENTRUN_TOKEN_FILE"] as const;

/** The longest token that the service reads, in characters. */
const maxTokenLength = 8_192;

/** Refuses a token on the command line. Throws an Error that says where to put it instead. */
export function refuseTokenArgument(): never {
  throw new Error(
    "--token is refused, since the process list shows it to every user of this machine: " +
      "put the token into AGENTRUN_TOKEN, or into a file that --token-file or AGENTRUN_TOKEN_FILE names",
  );
}

/**
 * Reads the token: from the file that `--token-file` names, else from AGENTRUN_TOKEN or from the file that
 * AGENTRUN_TOKEN_FILE names. White space around it is left out. Gives undefined if none of them is given. Throws an
 * Error that names the file or the variable if there is no token in it, or if both variables are set.
 */
export function readServiceToken(tokenFile: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (tokenFile !== undefined) return readTokenFile(tokenFile, "--token-file");
  const [token, file] = variables.map((name) => env[name]?.trim() || undefined);
  if (token !== undefined && file !== undefined)
    throw new Error(`${variables.join(" and ")} are both set: set one of them`);
  if (file !== undefined) return readTokenFile(file, "AGENTRUN_TOKEN_FILE");
  return token === undefined ? undefined : checkToken(token, "AGENTRUN_TOKEN");
}

/** Gives the environment of a process that we start: our own without the token, and what is added for this process. */
export function environmentWithoutToken(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = { ...process.env, ...added };
  for (const name of variables) delete env[name];
  return env;
}

function readTokenFile(file: string, source: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "it cannot be read";
    throw new Error(`there is no token in the file of ${source}, ${file}: ${reason}`, { cause: error });
  }
  const token = text.trim();
  if (token === "") throw new Error(`there is no token in the file of ${source}, ${file}: it is empty`);
  return checkToken(token, `the file of ${source}, ${file},`);
}

/** A token with a space in it would fail later, in an error of the HTTP client that repeats it. */
function checkToken(token: string, source: string): string {
  if (token.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new Error(
    `${source} must hold one token and nothing else: at most ${maxTokenLength} printable characters without spaces`,
  );
}
