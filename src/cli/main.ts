#!/usr/bin/env node
import { Option, program } from "commander";
import { refuseTokenArgument } from "./service-token.js";
import { print, printError } from "./terminal.js";

program.name("agentrun-graph").description("Sessions, runs, commands and events of AI agents over GraphQL.");
// Options that follow the command of exec belong to that command.
program.enablePositionalOptions();
program.configureOutput({ writeOut: print, writeErr: printError });

/** `--token`, which is known so that it can be refused in words that help. */
const refusedToken = new Option("--token <token>").hideHelp().argParser(refuseTokenArgument);

program
  .command("serve")
  .description(
    "Serve the API. Without DATABASE_URL, use an embedded Postgres in AGENTRUN_DATA_DIR (default .agentrun).",
  )
  .option("--embedded", "use the embedded Postgres even in production, or beside DATABASE_URL")
  .option("--ephemeral", "use an embedded Postgres that keeps nothing")
  .action(async (flags) => (await import("./serve.js")).serve(flags));

program
  .command("migrate")
  .description(
    "Bring the database of DATABASE_URL, or the embedded one, up to date. The service does so itself at its start.",
  )
  .option("--embedded", "use the embedded Postgres even in production, or beside DATABASE_URL")
  .option("--ephemeral", "use an embedded Postgres that keeps nothing")
  .option("--check", "only say whether the migrations lead to prisma/schema.prisma")
  .option("--create <name>", "write the migration that leads to prisma/schema.prisma")
  .action(async (flags) => (await import("./migrate.js")).migrate(flags));

program
  .command("schema")
  .description("Print the GraphQL schema.")
  .option("--write <file>", "write it to a file instead")
  .option("--check <file>", "only say whether the file is the schema")
  .action(async (flags) => (await import("./schema.js")).schema(flags));

program
  .command("token")
  .description("Print a token for a service with this AUTH_SECRET (and AUTH_ISSUER, AUTH_AUDIENCE).")
  .requiredOption("--tenant <name>", "the tenant whose data the holder sees")
  .option("--reader <name>", "the reader whose reading is kept (default: none)")
  .option("--scopes <words>", "reader, runner, operator, with commas between", "reader")
  .option("--ttl <seconds>", "how long the token holds", "3600")
  .action(async (flags) => (await import("./token.js")).token(flags));

const key = program
  .command("key")
  .description(
    "Create, list and revoke API keys in the database of DATABASE_URL, or the embedded one. A service with AUTH_KEYS=1 accepts them.",
  );
const embedded = [
  "--embedded",
  "use the embedded Postgres even in production, or beside DATABASE_URL",
] as const;

key
  .command("create")
  .description("Make an API key and print it. It is shown this once, and stored as its SHA-256 alone.")
  .requiredOption("--name <text>", "what people call it")
  .requiredOption("--scopes <words>", "reader, runner, operator, with commas between")
  .option(
    "--tenant <name>",
    "the tenant whose data the holder sees; a service without auth has local",
    "local",
  )
  .option(
    "--expires <when>",
    "an instant such as 2027-01-31T00:00:00Z, or a time from now such as 30d, 12h or 90m (default: never)",
  )
  .option(...embedded)
  .action(async (flags) => (await import("./key.js")).createKey(flags));

key
  .command("list")
  .description("Show all API keys, those that were revoked or have expired included.")
  .option("--tenant <name>", "only those of this tenant (default: of all)")
  .option(...embedded)
  .action(async (flags) => (await import("./key.js")).listKeys(flags));

key
  .command("revoke")
  .description("Revoke an API key. Every node refuses it, and ends its connections, within 5 s.")
  .argument("<id-or-prefix>", "its id or its prefix, as list shows them")
  .option(...embedded)
  .action(async (name, flags) => (await import("./key.js")).revokeKey(name, flags));

program
  .command("seed")
  .description(
    "Fill a running service with believable sessions, runs and events. To run the same seed again changes nothing.",
  )
  .option("--url <url>", "the service (default: AGENTRUN_URL, else http://127.0.0.1:4000/graphql)")
  .option(
    "--token-file <file>",
    "the file of a token with the scopes reader and runner (default: AGENTRUN_TOKEN, or the file that AGENTRUN_TOKEN_FILE names)",
  )
  .addOption(refusedToken)
  .option("--sessions <count>", "how many sessions to make, 1 to 100000", "20")
  .option("--seed <number>", "which stories to tell, 0 to 2147483647", "1")
  .option("--concurrency <count>", "how many sessions to make at a time, 1 to 256", "8")
  .action(async (flags) => (await import("./seed.js")).seed(flags));

program
  .command("exec")
  .description(
    "Run a process as an agent's turn, record what it prints in a run, and exit with its exit code. With --queue, work on a queue until SIGTERM: run one process for each task, with the task's payload as JSON on its standard input.",
  )
  .argument("<command...>", "the program and its arguments, after --")
  .option("--queue <name>", "claim the tasks of this queue, one at a time, and run the command for each")
  .option("--lanes <names>", "with --queue: only tasks of these lanes, with commas between (default: any)")
  .option("--poll <seconds>", "with --queue: how long to wait if no task waits (default: 1)")
  .option("--session <name>", "the session to create or continue (default: a new one)")
  .option("--url <url>", "the service (default: AGENTRUN_URL, else http://127.0.0.1:4000/graphql)")
  .option(
    "--token-file <file>",
    "the file of a token with the scope runner (default: AGENTRUN_TOKEN, or the file that AGENTRUN_TOKEN_FILE names)",
  )
  .addOption(refusedToken)
  .option("--project <name>", 'the project of the session (default: "default"; with --queue the task\'s)')
  .option("--profile <name>", "the backend profile of the session", "exec")
  .option("--title <text>", "the title of a new session (default: the command line)")
  .option("--quiet", "say nothing but what goes wrong")
  .option("--wait <seconds>", "how long to wait for the service before the command is run", "10")
  .option(
    "--buffer <mebibytes>",
    "how much output to keep while the service is away, before the process has to wait",
    "16",
  )
  .passThroughOptions()
  .action(async (argv, flags) => (await import("./exec.js")).exec(argv, flags));

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  // Set in, so that a message of the service cannot pass for a line of ours.
  printError(`agentrun-graph: ${message.replaceAll("\n", "\n  ")}\n`);
  process.exitCode = 1;
}
