import { type Command, Option } from "commander";
import { readerOf, serviceUrl } from "../server/setting.js";
import { refuseTokenArgument } from "./service-token.js";

/** Where a service is that nobody says the place of. */
const defaultUrl = "http://127.0.0.1:4000/graphql";

/**
 * Adds the options of a command that calls the service: where it is, and the file of a token that has these scopes. `--token` is
 * known so that it can be refused in words that help.
 */
export function addServiceOptions(command: Command, scopes: string): Command {
  const readUrl = readerOf("--url, or AGENTRUN_URL,", serviceUrl);
  return command
    .addOption(
      new Option("--url <url>", "the service")
        .env("AGENTRUN_URL")
        .default(defaultUrl)
        .argParser((text) => withPath(readUrl(text.trim() || defaultUrl))),
    )
    .option(
      "--token-file <file>",
      `the file of a token with ${scopes} (default: AGENTRUN_TOKEN, or the file that AGENTRUN_TOKEN_FILE names)`,
    )
    .addOption(new Option("--token <token>").hideHelp().argParser(refuseTokenArgument));
}

/** A URL that names no path means the service's own. */
function withPath(text: string): string {
  const url = new URL(text);
  if (url.pathname === "/") url.pathname = "/graphql";
  return url.href;
}
