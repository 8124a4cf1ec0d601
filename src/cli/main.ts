import { readFileSync } from "node:fs";
import { Option, program } from "commander";
import { readerOf, whole } from "../server/setting.js";
import { addExecOptions } from "./exec/options.js";
import { readScopes } from "./scopes.js";
import { addSeedOptions } from "./seed/options.js";
import { print, printError } from "./terminal.js";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};
program
  .name("agentrun-graph")
  .description("Sessions, runs, commands and events of AI agents over GraphQL.")
  .version(manifest.version, "-V, --version", "print the version");
// Options that follow the command of exec belong to that command.
program.enablePositionalOptions();
program.configureOutput({ writeOut: print, writeErr: printError });

program
  .command("serve")
  .alias("start")
  .description(
    "Serve the API. Without DATABASE_URL, use an embedded Postgres in AGENTRUN_DATA_DIR (default .agentrun).",
  )
  .option("--embedded", "use the embedded Postgres even in production, or beside DATABASE_URL")
  .option("--ephemeral", "use an embedded Postgres that keeps nothing")
  .option("--host <address>", "where to listen (default: HOST, else 127.0.0.1)")
  .option(
    "--port <number>",
    "the port, 0 for any free one (default: PORT, else 4000)",
    readerOf("--port", whole(0, 65_535)),
  )
  .action(async (flags) => (await import("./serve.js")).serve(flags));

program
  .command("migrate")
  .description(
    "Bring the database of DATABASE_URL, or the embedded one, up to date. The service does so itself at its start.",
  )
  .option("--embedded", "use the embedded Postgres even in production, or beside DATABASE_URL")
  .option("--ephemeral", "use an embedded Postgres that keeps nothing")
  .option("--check", "only say whether the migrations lead to prisma/schema.prisma")
  .addOption(
    new Option("--create <name>", "write the migration that leads to prisma/schema.prisma").conflicts(
      "check",
    ),
  )
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
  .addOption(
    new Option("--scopes <words>", "reader, runner, operator, with commas between")
      .argParser(readScopes)
      .default(["reader"], "reader"),
  )
  .option("--ttl <seconds>", "how long the token holds", readerOf("--ttl", whole(1, 1_000_000_000)), 3_600)
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
  .requiredOption("--scopes <words>", "reader, runner, operator, with commas between", readScopes)
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

addSeedOptions(
  program
    .command("seed")
    .description(
      "Fill a running service with believable sessions, runs and events. To run the same seed again changes nothing.",
    ),
).action(async (flags) => (await import("./seed.js")).seed(flags));

addExecOptions(
  program
    .command("exec")
    .description(
      "Run a process as an agent's turn, record what it prints in a run, and exit with its exit code. With --queue, work on a queue until SIGTERM: run one process for each task, with the task's payload as JSON on its standard input.",
    )
    .argument("<command...>", "the program and its arguments, after --"),
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
