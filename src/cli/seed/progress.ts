import type { GraphClient } from "../../client/transport.js";
import { runProgressDocument } from "./documents.js";
import { type Extent, toldTypes } from "./story.js";

/** How far a run has come: what stories write, and the length of its whole log. */
export interface Progress extends Extent {
  lastEventSeq: number;
}

/** The progress of a run that is new. */
export const noProgress: Progress = { events: 0, commands: 0, endedCommands: 0, lastEventSeq: 0 };

/** The progress of a run that is there. */
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

/** True where nothing of the story is missing. */
export function reaches(progress: Progress, extent: Extent): boolean {
  return (
    progress.events >= extent.events &&
    progress.commands >= extent.commands &&
    progress.endedCommands >= extent.endedCommands
  );
}
