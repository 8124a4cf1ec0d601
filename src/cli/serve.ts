import { type Flags, readConfig, readLogLevel } from "../server/config.js";
import { createLog } from "../server/log.js";
import { openService } from "../server/open-service.js";
import { tryPort } from "../server/port.js";
import { print } from "./terminal.js";
import { warnOfUnknownVariables } from "./unknown-variables.js";

/** Serves until SIGTERM or SIGINT, and then closes in order. A second signal ends the process at once. */
export async function serve(flags: Flags): Promise<void> {
  const log = createLog(readLogLevel(process.env));
  // First of all, since what is missing may be what is misspelt.
  warnOfUnknownVariables(process.env, log);
  const config = readConfig(process.env, flags);
  await tryPort(config);
  const service = await openService(config, log);
  const stop = (signal: NodeJS.Signals) => {
    process.once(signal, () => process.exit(1));
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "closing failed");
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  print(
    [
      `agentrun-graph is ready: ${service.url}`,
      `  Open it in a browser to explore the graph with GraphiQL.`,
      `  ${service.database}`,
      ...(config.auth.kind === "none"
        ? ["  No auth is configured: this machine only, one tenant, every scope."]
        : []),
      "",
    ].join("\n"),
  );
}
