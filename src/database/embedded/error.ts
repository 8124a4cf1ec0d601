/** Says that the embedded Postgres cannot be had. The message says why and what to do. Nothing was lost. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}
