import type { Random } from "../support/random.js";
import type { Send } from "./caller.js";
import type { Ledger } from "./ledger.js";

/** What the writers of a tenant know together. The rows are few, so that they meet. */
export interface Shared {
  /** The names of its sessions. */
  sessionNames: readonly string[];
  /** The newest runs and commands, of which some have ended. */
  runs: string[];
  commands: { id: string; runId: string }[];
  tasks: string[];
}

/** One who writes, as a person and as a runner. */
export interface Writer {
  /** Its reader, and the id of its runner. */
  name: string;
  /** Whether it may act for others. */
  operator: boolean;
  random: Random;
  send: Send;
  shared: Shared;
  ledger: Ledger;
  /** The run that it holds, as far as it knows. */
  held: { runId: string; leaseToken: string; commandIds: string[] } | undefined;
  /** The attempt that it holds, as far as it knows. */
  heldTask: { taskId: string; attemptId: string; leaseToken: string } | undefined;
  /** A key that it has not used before. */
  nextKey(): string;
}

/** Something that a writer does. */
export type Deed = (writer: Writer) => Promise<void>;

/** How many of the newest runs, commands and tasks a tenant's writers choose from. */
const known = 6;

/** Adds to what is known, and forgets the oldest. */
export function learn<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > known) items.shift();
}
