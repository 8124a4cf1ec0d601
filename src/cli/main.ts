#!/usr/bin/env node
import { program } from "commander";
import { serve } from "./serve.js";

program.name("agentrun-graph").description("Sessions, runs, commands and events of AI agents over GraphQL.");

program
  .command("serve")
  .description(
    "Serve the API. Without DATABASE_URL on an embedded Postgres, in AGENTRUN_DATA_DIR (default .agentrun).",
  )
  .option("--embedded", "use the embedded Postgres even in production, or beside DATABASE_URL")
  .option("--ephemeral", "use an embedded Postgres that keeps nothing")
  .action(serve);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`agentrun-graph: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
