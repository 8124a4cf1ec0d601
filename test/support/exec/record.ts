import type { ReadRecordQuery } from "../../generated/documents/graphql.js";
import { found } from "../found.js";
import { graphql } from "../graphql.js";
import type { Asks } from "../start-service.js";

/** A COMMAND_OUTPUT event as it is stored. */
export interface RecordedOutput {
  seq: number;
  text: string;
  stream: "STDOUT" | "STDERR";
  outputBytes: number;
  exitCode: number | null;
  /** When it was printed. */
  occurredAt: string;
  /** When it was stored. */
  createdAt: string;
}

/** What is stored of a run. */
export interface ExecRecord {
  status: string;
  failureKind: string | null;
  failureMessage: string | null;
  turn: { id: string; state: string; payload: { prompt: string; argv: string[]; cwd: string } };
  outputs: RecordedOutput[];
  /** The text of one stream, joined. */
  text: (stream: "STDOUT" | "STDERR") => string;
}

type RecordedRun = NonNullable<ReadRecordQuery["run"]>;

const record = graphql(`
  query ReadRecord($id: ID!, $after: String) {
    run(id: $id) {
      status failureKind failureMessage commands(first: 1) { nodes { id state payload } }
      events(first: 500, after: $after, types: [COMMAND_OUTPUT]) {
        nodes { seq occurredAt createdAt ... on CommandOutputEvent { text stream outputBytes exitCode } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

/** Reads a run to its end as it is now. */
export async function readRecord({ ask }: Asks, id: string): Promise<ExecRecord> {
  const outputs: RecordedOutput[] = [];
  let after: string | null = null;
  for (;;) {
    const run: RecordedRun = found((await ask(record, { id, after })).run);
    outputs.push(...run.events.nodes.filter((event) => "text" in event));
    after = run.events.pageInfo.endCursor;
    if (run.events.pageInfo.hasNextPage) continue;
    const text = (stream: string) =>
      outputs
        .filter((output) => output.stream === stream)
        .map((output) => output.text)
        .join("");
    return { ...run, turn: found(run.commands.nodes[0]) as ExecRecord["turn"], outputs, text };
  }
}

/** Lines of a word and a number from 0, as a process prints them. */
export function numberedLines(word: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${word} ${index}\n`).join("");
}
