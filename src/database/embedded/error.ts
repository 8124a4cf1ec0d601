/** The embedded Postgres cannot be had; the message says why and what to do. Nothing was lost. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}
