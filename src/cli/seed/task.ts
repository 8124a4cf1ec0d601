import type { FailureKind, RunEventInput } from "../../generated/documents/graphql.js";
import type { ProjectId } from "./project.js";
import type { Random } from "./random.js";

/** One piece of an agent's work in parts; a plot decides which of them happen, and how it ends. */
export interface Work {
  /** For names: lower case with hyphens. */
  slug: string;
  title: string;
  projectId: ProjectId;
  /** What a person asks for. */
  prompt: string;
  /** The agent looks around and thinks. */
  look: readonly RunEventInput[];
  /** It changes something. */
  change: readonly RunEventInput[];
  /** It tries what it has changed. */
  check: readonly RunEventInput[];
  /** Its last word where all went well. */
  report: string;
  /** What it may have to ask. */
  question: { prompt: string; options: readonly string[]; answer: string };
  /** What it may need leave for. */
  approval: string;
  /** What may break. */
  trouble: { kind: FailureKind; message: string };
  /** What it may be unable to get over alone. */
  obstacle: string;
  /** What a person may add while it works. */
  steer: string;
  /** What a person may ask next. */
  next: { prompt: string; events: readonly RunEventInput[]; report: string };
}

/** A kind of work; gives another piece of it for each run of the numbers. */
export type Task = (random: Random) => Work;
