import { v7 } from "uuid";
import { badUserInput } from "./errors.js";

/**
 * Ids are a prefix that says the noun, and a UUIDv7 in hex, so that they sort by creation. An event's id is made of its
 * run's and its seq (8 hex digits). A runner may choose what follows its prefix.
 */
const shapes = {
  session: { prefix: "ses_", shape: /^ses_[0-9a-f]{32}$/, allowed: '"ses_" and 32 hex digits' },
  run: { prefix: "run_", shape: /^run_[0-9a-f]{32}$/, allowed: '"run_" and 32 hex digits' },
  command: { prefix: "cmd_", shape: /^cmd_[0-9a-f]{32}$/, allowed: '"cmd_" and 32 hex digits' },
  event: { prefix: "evt_", shape: /^evt_[0-9a-f]{40}$/, allowed: '"evt_" and 40 hex digits' },
  runner: {
    prefix: "rnr_",
    shape: /^rnr_[A-Za-z0-9_-]{1,64}$/,
    allowed: '"rnr_" and 1 to 64 letters, digits, "_" or "-"',
  },
  job: { prefix: "job_", shape: /^job_[0-9a-f]{32}$/, allowed: '"job_" and 32 hex digits' },
  task: { prefix: "qt_", shape: /^qt_[0-9a-f]{32}$/, allowed: '"qt_" and 32 hex digits' },
  attempt: { prefix: "att_", shape: /^att_[0-9a-f]{32}$/, allowed: '"att_" and 32 hex digits' },
} as const;

/** What an id can name. */
export type Noun = keyof typeof shapes;

const nouns = Object.keys(shapes) as Noun[];

/** A new id, later in order than every one made before it on this machine. */
export function newId(noun: Exclude<Noun, "event">): string {
  return shapes[noun].prefix + v7().replaceAll("-", "");
}

/** The id as it is, or BAD_USER_INPUT where it is not one of this noun. */
export function checkId(noun: Noun, id: string, field: string): string {
  if (!shapes[noun].shape.test(id)) {
    throw badUserInput(field, `must be the id of a ${noun}: ${shapes[noun].allowed}`);
  }
  return id;
}

/** The noun that an id's prefix says, or BAD_USER_INPUT where it is malformed. */
export function nounOf(id: string, field: string): Noun {
  const noun = nouns.find((candidate) => shapes[candidate].shape.test(id));
  if (noun) return noun;
  const allowed = nouns.map((candidate) => shapes[candidate].prefix).join(", ");
  throw badUserInput(field, `must be an id that begins with one of ${allowed}`);
}

/** The id of a run's event. */
export function eventId(runId: string, seq: number): string {
  return `evt_${runId.slice(4)}${seq.toString(16).padStart(8, "0")}`;
}

/** The run and seq that a well-formed event id names. */
export function parseEventId(id: string): { runId: string; seq: number } {
  return { runId: `run_${id.slice(4, 36)}`, seq: Number.parseInt(id.slice(36), 16) };
}
