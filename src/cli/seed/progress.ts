import type { GraphClient } from "../../client/transport.js";
import { runProgressDocument } from "./documents.js";
import { type Extent, toldTypes } from "./story.js";

/** How much of its story a run holds, and how long its whole log is. */
export interface Progress extends Extent {
  lastEventSeq: number;
}

/** The progress of a run that is new. */
export const noProgress: Progress = { events: 0, commands: 0, endedCommands: 0, lastEventSeq: 0 };

/** Reads the progress of a run that exists. */
export async function readProgress(client: GraphClient, runId: string): Promise<Progress> {
  const { run } = await client.request(runProgressDocument, { runId, types: [...toldTypes] });
  if (!run) throw new Error(`run ${runId} went away while its story was told`);
  return {
    events: run.events.totalCount,
    commands: run.commands.totalCount,
    endedCommands: run.endedCommands.totalCount,
    lastEventSeq: run.lastEventSeq,
  };
}

/** Tells whether a run holds all of its story. */
export function reaches(progress: Progress, extent: Extent): boolean {
  return (
    progress.events >= extent.events &&
    progress.commands >= extent.commands &&
    progress.endedCommands >= extent.endedCommands
  );
}
