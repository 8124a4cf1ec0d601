/** The name of the superuser. initdb makes it, and everything connects as it. */
export const USER = "agentrun";

/** Gives the settings for initdb. It writes them to postgresql.conf, where the machine's owner may change them. */
export function initialSettings(): string[] {
  return toArguments({ max_connections: "200", shared_buffers: "128MB", max_wal_size: "1GB", jit: "off" });
}

/** Gives the settings that this project relies on, for the server's command line, which outranks every file. */
export function serverSettings(port: number, durable: boolean): string[] {
  const durability = durable ? "on" : "off";
  return toArguments({
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    // There is no Unix socket: plain clients need the port anyway, and many data directories' paths are too long for
    // one.
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
    // Clients get their own errors. Without these and checkpoints, the log grows only by starts, stops and crashes.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
  });
}

function toArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
