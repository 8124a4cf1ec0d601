/** The superuser that initdb makes and everything connects as. */
export const USER = "agentrun";

/** For initdb: written to postgresql.conf, where whoever owns the machine may change them. */
export function initialSettings(): string[] {
  return toArguments({ max_connections: "200", shared_buffers: "128MB", max_wal_size: "1GB", jit: "off" });
}

/** For the server's command line, which outranks every file: what this project relies on. */
export function serverSettings(port: number, durable: boolean): string[] {
  const durability = durable ? "on" : "off";
  return toArguments({
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    // Plain clients need the port; a socket's path would have to be shorter than many data directories are.
    unix_socket_directories: "",
    fsync: durability,
    full_page_writes: durability,
    synchronous_commit: durability,
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
    logging_collector: "off",
    log_destination: "stderr",
    log_line_prefix: "%m [%p] ",
    // Clients get their own errors; without them and checkpoints the log grows only by starts, stops and crashes.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
  });
}

function toArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
