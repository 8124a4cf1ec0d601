/**
 * Says that a migration cannot be applied, or was changed after it was applied. The message names it and says what to
 * do.
 */
export class MigrationError extends Error {
  /** The name of the migration's folder. */
  readonly migrationName: string;

  constructor(migrationName: string, problem: string, options?: ErrorOptions) {
    super(`migration ${migrationName} ${problem}`, options);
    this.name = "MigrationError";
    this.migrationName = migrationName;
  }
}
