import { readFile } from "node:fs/promises";
import type { RunEventType, TurnResultInput } from "../../generated/documents/graphql.js";
import type { Untyped } from "../graphql.js";

/** One step of what an agent's own records tell. `at` is left out where they tell no time. */
export type Deed = { at?: string } & (
  | { event: { type: RunEventType; payload: Record<string, unknown> } }
  | { turn: string }
  | { steer: string }
  /** A person's answer to what was asked by this requestId. */
  | {
      answer: string;
      decision: "APPROVED" | "DENIED" | "ANSWERED";
      choiceIds?: string[];
      value?: unknown;
      comment?: string;
    }
  /** The end of the turn, and with `run` of its run too. */
  | { end: TurnResultInput; run?: true }
);

/** What an agent's own records tell of one session, in their order. */
export interface Tale {
  sessionId: string;
  /** What the records call the session. Default: its first prompt. */
  title?: string;
  deeds: Deed[];
}

const samples = new URL("../../samples/", import.meta.url);

/** The text of a sample. */
export function readSample(path: string): Promise<string> {
  return readFile(new URL(path, samples), "utf8");
}

/** The records of a sample that has one a line. */
export async function readLines(path: string): Promise<Untyped[]> {
  const text = await readSample(path);
  return text.split("\n").flatMap((line): Untyped[] => (line === "" ? [] : [JSON.parse(line)]));
}

/** An instant of milliseconds since 1970. */
export const instantOf = (ms: number) => new Date(ms).toISOString();

/** Two texts of which one took the other's place, as a unified diff without context. */
export function diffOf(before: string, after: string): string {
  const lines = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const [old, now] = [lines(before), lines(after)];
  const signed = [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)];
  return `@@ -1,${old.length} +1,${now.length} @@\n${signed.join("\n")}\n`;
}
