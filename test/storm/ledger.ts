/** What the service has acknowledged, which must be there when all is over. Everything is named by its id. */
export interface Ledger {
  /** One for each event. Its text was sent once, under a key. */
  events: { runId: string; seq: number; text: string }[];
  /** `text` is the key that it was created with. */
  runs: { id: string; text: string }[];
  commands: { id: string; runId: string; text: string }[];
  /** The status in which a run was told to have ended. */
  endedRuns: { id: string; state: string }[];
  endedCommands: { id: string; state: string }[];
  /** One for each time that a run was handed out. */
  claims: { runId: string; attempt: number }[];
  tasks: { id: string; text: string }[];
  endedTasks: { id: string; state: string }[];
  /** One for each time that a task was handed out. */
  attempts: { id: string; taskId: string }[];
  endedAttempts: { id: string; state: string }[];
  /** Marks that only rise, or are made once. */
  marks: { readerId: string; sessionId: string; kind: MarkKind; version: number; until: string | null }[];
  taskMarks: { readerId: string; taskId: string }[];
}

/** The marks that are kept in a {@link Ledger}. */
export type MarkKind = "read" | "pinned" | "archived" | "snoozed";

/** A ledger without an entry. */
export function createLedger(): Ledger {
  return {
    events: [],
    runs: [],
    commands: [],
    endedRuns: [],
    endedCommands: [],
    claims: [],
    tasks: [],
    endedTasks: [],
    attempts: [],
    endedAttempts: [],
    marks: [],
    taskMarks: [],
  };
}

/** How many writes it holds. */
export function sizeOf(ledger: Ledger): number {
  return Object.values(ledger).reduce((sum, entries: unknown[]) => sum + entries.length, 0);
}
