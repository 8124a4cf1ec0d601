import type { FailureKind, RunEventInput } from "../../generated/documents/graphql.js";
import type { ProjectId } from "./project.js";
import type { Random } from "./random.js";

/** One piece of an agent's work, in parts. A plot decides which of the parts happen, and how the work ends. */
export interface Work {
  /** The work's part of names, in lower case with hyphens. */
  slug: string;
  title: string;
  projectId: ProjectId;
  /** What a person asks for. */
  prompt: string;
  /** The events of the agent that looks around and thinks. */
  look: readonly RunEventInput[];
  /** The events of the agent that changes something. */
  change: readonly RunEventInput[];
  /** The events of the agent that tries what it has changed. */
  check: readonly RunEventInput[];
  /** The agent's last message if all went well. */
  report: string;
  /** What the agent may have to ask. */
  question: { prompt: string; options: readonly string[]; answer: string };
  /** What the agent may need permission for. */
  approval: string;
  /** What may break. */
  trouble: { kind: FailureKind; message: string };
  /** What may stop the agent so that it needs help. */
  obstacle: string;
  /** What a person may add while the agent works. */
  steer: string;
  /** What a person may ask next. */
  next: { prompt: string; events: readonly RunEventInput[]; report: string };
}

/** A kind of work. Gives a piece of it, whose details depend on the random numbers. */
export type Task = (random: Random) => Work;
