import { v7 } from "uuid";
import { badUserInput } from "./errors.js";

/**
 * An id is a prefix that tells its noun, followed by a UUIDv7 in hex, so that ids sort by creation. There are two
 * exceptions. An event's id is made of its run's id and its seq (8 hex digits). A runner may choose what follows its
 * prefix.
 */
const shapes = {
  session: { prefix: "ses_", shape: /^ses_[0-9a-f]{32}$/, allowed: '"ses_" and 32 hex digits' },
  run: { prefix: "run_", shape: /^run_[0-9a-f]{32}$/, allowed: '"run_" and 32 hex digits' },
  command: { prefix: "cmd_", shape: /^cmd_[0-9a-f]{32}$/, allowed: '"cmd_" and 32 hex digits' },
  event: {
    prefix: "evt_",
    // The last eight digits are a seq, which has 31 bits.
    shape: /^evt_[0-9a-f]{32}[0-7][0-9a-f]{7}$/,
    allowed: '"evt_" and 40 hex digits, the eighth last of them 0 to 7',
  },
  request: { prefix: "inp_", shape: /^inp_[0-9a-f]{32}$/, allowed: '"inp_" and 32 hex digits' },
  runner: {
    prefix: "rnr_",
    shape: /^rnr_[A-Za-z0-9_-]{1,64}$/,
    allowed: '"rnr_" and 1 to 64 letters, digits, "_" or "-"',
  },
  job: { prefix: "job_", shape: /^job_[0-9a-f]{32}$/, allowed: '"job_" and 32 hex digits' },
  task: { prefix: "qt_", shape: /^qt_[0-9a-f]{32}$/, allowed: '"qt_" and 32 hex digits' },
  attempt: { prefix: "att_", shape: /^att_[0-9a-f]{32}$/, allowed: '"att_" and 32 hex digits' },
} as const;

/** The kinds of things that an id can name. */
export type Noun = keyof typeof shapes;

const nouns = Object.keys(shapes) as Noun[];

/** Makes a new id. It sorts after every id that this process made before. */
export function newId(noun: Exclude<Noun, "event">): string {
  return shapes[noun].prefix + v7().replaceAll("-", "");
}

/** Makes a new id that also sorts after another one, which a process whose clock is ahead may have made. */
export function newIdAfter(noun: Exclude<Noun, "event">, other: string): string {
  const id = newId(noun);
  if (id > other) return id;
  const msecs =
    Number.parseInt(other.slice(shapes[noun].prefix.length, shapes[noun].prefix.length + 12), 16) + 1;
  return shapes[noun].prefix + v7({ msecs }).replaceAll("-", "");
}

/** Gives the id back as it is. Throws BAD_USER_INPUT if it is not a well-formed id of this noun. */
export function checkId(noun: Noun, id: string, field: string): string {
  if (!shapes[noun].shape.test(id)) {
    throw badUserInput(field, `must be the id of a ${noun}: ${shapes[noun].allowed}`);
  }
  return id;
}

/** Tells whether it is a well-formed id of this noun. */
export function isId(noun: Noun, id: string): boolean {
  return shapes[noun].shape.test(id);
}

/** Gives the noun that an id's prefix tells. Throws BAD_USER_INPUT if the id is malformed. */
export function nounOf(id: string, field: string): Noun {
  const noun = nouns.find((candidate) => shapes[candidate].shape.test(id));
  if (noun) return noun;
  const allowed = nouns.map((candidate) => shapes[candidate].prefix).join(", ");
  throw badUserInput(field, `must be an id that begins with one of ${allowed}`);
}

/** Makes the id of an event from its run's id and its seq. */
export function eventId(runId: string, seq: number): string {
  return `evt_${runId.slice(4)}${seq.toString(16).padStart(8, "0")}`;
}

/** Reads the run's id and the seq from a well-formed event id. */
export function parseEventId(id: string): { runId: string; seq: number } {
  return { runId: `run_${id.slice(4, 36)}`, seq: Number.parseInt(id.slice(36), 16) };
}
