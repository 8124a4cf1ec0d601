/** The name of the superuser. initdb makes it, and everything connects as it. */
export const USER = "agentrun";

/** Gives the settings for initdb. It writes them to postgresql.conf, where the machine's owner may change them. */
export function initialSettings(): string[] {
  return toArguments({ max_connections: "200", shared_buffers: "128MB", max_wal_size: "1GB", jit: "off" });
}

/** How many bytes the path of a Unix socket may have on every OS, its end included. */
const socketPathBytes = 104;

/** Tells whether a server may have its Unix socket in this folder. */
export function mayHoldSocket(directory: string): boolean {
  return (
    process.platform !== "win32" && Buffer.byteLength(`${directory}/.s.PGSQL.65535.lock`) < socketPathBytes
  );
}

/** Gives the settings that this project relies on, for the server's command line, which outranks every file. */
export function serverSettings(port: number, durable: boolean, socketDirectory: string | null): string[] {
  const durability = durable ? "on" : "off";
  return toArguments({
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    // In the data directory, which only its owner may enter. Answers over it come a tenth to a sixth sooner than over the port, which
    // plain clients need.
    unix_socket_directories: socketDirectory === null ? "" : `"${socketDirectory.replaceAll('"', '""')}"`,
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
